// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire

/// What becomes of one query that came over TCP.
enum QueryDecision {
    /// The client's connection ends, as where dnsdist drops a query over TCP.
    case close
    case answer(LocalAnswer)
    /// To the server of this ordinal.
    case forward(ordinal: Int)

    init(
        _ message: UnsafeRawBufferPointer, from client: ClientConnection,
        _ view: UnsafePointer<PlaneView>, generator: UnsafeMutablePointer<SelectionGenerator>,
        thread: Int, counters: StreamCounterTable
    ) {
        guard let query = DNSMessageView(message), !query.isResponse else {
            counters.add(.malformedQueries)
            self = .close
            return
        }
        counters.add(.queries)
        guard view.pointee.acl.contains(client.address) else {
            counters.add(.aclDrops)
            self = .close
            return
        }
        let isRecursive = query.recursionDesired
        guard let question = query.question, query.questionCount == 1 else {
            counters.add(.malformedQueries)
            self = .answer(LocalAnswer(.notImplemented, recursionAvailable: isRecursive))
            return
        }
        let verdict = view.pointee.rules.verdict(
            queryType: question.type.rawValue, overTCP: true, source: client.address)
        switch verdict {
        case .drop:
            counters.add(.ruleDrops)
            self = .close
        case .truncate:
            self = .answer(
                LocalAnswer(.noError, isTruncated: true, recursionAvailable: isRecursive))
        case .answer(let code):
            self = .answer(
                LocalAnswer(
                    ResponseCode(rawValue: UInt16(code)), recursionAvailable: isRecursive))
        case .forward(let pool):
            let ordinal = Self.choose(
                pool, question, message, client, view, generator, thread: thread)
            if ordinal >= 0 {
                self = .forward(ordinal: ordinal)
                return
            }
            counters.add(.noServer)
            self =
                view.pointee.answersServFailWhenNoServer
                ? .answer(LocalAnswer(.serverFailure, recursionAvailable: isRecursive)) : .close
        }
    }

    private static func choose(
        _ pool: Int, _ question: QuestionView, _ message: UnsafeRawBufferPointer,
        _ client: ClientConnection, _ view: UnsafePointer<PlaneView>,
        _ generator: UnsafeMutablePointer<SelectionGenerator>, thread: Int
    ) -> Int {
        guard let base = message.baseAddress else { return -1 }
        var query = PolicyQuery(
            view: view, generator: generator,
            nowMicroseconds: MonotonicClock.microseconds,
            packet: base.assumingMemoryBound(to: UInt8.self),
            packetLength: Int32(message.count),
            nameOffset: Int32(question.nameRange.lowerBound),
            nameLength: Int32(question.nameBytes),
            queryType: question.type.rawValue, queryClass: question.class.rawValue,
            remoteAddress: UnsafeRawPointer(client.remote),
            localAddress: UnsafeRawPointer(client.local), overTCP: true, thread: Int32(thread))
        return withUnsafePointer(to: &query) {
            Int(view.pointee.chooseServer(pool: pool, for: $0))
        }
    }
}
