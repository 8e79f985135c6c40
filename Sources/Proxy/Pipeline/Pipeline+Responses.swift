// SPDX-License-Identifier: Apache-2.0

public import Balancing
import DNSWire

/// What becomes of a server's answer on its way to the client.
extension Pipeline {
    /// Puts the client's identifier, RD and CD into an accepted answer, and counts it.
    public func restore(_ identity: RequestIdentity, in answer: UnsafeMutableRawBufferPointer) {
        guard let writer = DNSHeaderWriter(answer) else { return }
        writer.setID(identity.id)
        writer.restoreRequestFlags(of: identity.flags)
        let code = writer.flags.responseCode
        counters.count(.responses)
        if code == .serverFailure { counters.count(.serverFailureResponses) }
        countFrontend(code)
    }

    /// Cuts an accepted answer that is too long down to its header and question, with TC set, and
    /// returns its new length.
    public func truncate(_ answer: UnsafeMutableRawBufferPointer) -> Int {
        counters.count(.oversizedResponses)
        return AnswerCut.cut(answer, isTruncated: true)
    }

    /// Notes a server's answer, as the client gets it, for what looks at the traffic.
    ///
    /// - Parameters:
    ///   - answer: empty when none came in time.
    ///   - question: the query's: name, type and class.
    ///   - client: a `sockaddr_in` or `sockaddr_in6`.
    @inline(__always)
    public func note(
        _ answer: UnsafeRawBufferPointer, question: UnsafeRawBufferPointer,
        client: UnsafeRawPointer, latencyMicroseconds: UInt64, nowMicroseconds: UInt64,
        view: UnsafePointer<PlaneView>
    ) {
        guard view.pointee.traffic.isRecording else { return }
        view.pointee.traffic.note(
            answerTo: client, question: question,
            responseCode: DNSMessageView(answer)?.responseCode.rawValue, size: answer.count,
            latencyMicroseconds: latencyMicroseconds, nowMicroseconds: nowMicroseconds,
            thread: thread)
    }

    /// Lets the rules on servers' answers see and change a restored answer, and returns its length;
    /// 0 when it is not to be sent. Called while ``PlaneView/changesAnswers``.
    ///
    /// A delay that a rule asks for is left in the query's state.
    ///
    /// - Parameters:
    ///   - buffer: the answer at its start, and the room behind it.
    ///   - length: the answer's octets.
    public mutating func respond(
        _ buffer: UnsafeMutableRawBufferPointer, length: Int, to asked: AnsweredQuery,
        view: UnsafePointer<PlaneView>
    ) -> Int {
        var length = length
        if view.pointee.stripsTruncatedAnswers, let header = DNSHeaderWriter(buffer),
            header.flags.isTruncated
        {
            length = AnswerCut.cut(
                UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]), isTruncated: true)
        }
        return apply(
            view.pointee.responseRules, buffer, length: length, to: asked, view: view)
    }

    /// Lets a chain of rules see and change an answer, and returns its length; 0 when it is not to
    /// be sent.
    mutating func apply(
        _ rules: ResponseRuleProgram, _ buffer: UnsafeMutableRawBufferPointer, length: Int,
        to asked: AnsweredQuery, view: UnsafePointer<PlaneView>
    ) -> Int {
        guard !rules.isEmpty, show(buffer, length: length, to: asked, view) else { return length }
        guard rules.passes(query) else {
            counters.count(.ruleDrops)
            return 0
        }
        return Int(query.pointee.packetLength)
    }

    /// Makes an answer what ``query`` shows. False when it has neither a question nor the room to
    /// show the query's.
    private mutating func show(
        _ buffer: UnsafeMutableRawBufferPointer, length: Int, to asked: AnsweredQuery,
        _ view: UnsafePointer<PlaneView>
    ) -> Bool {
        guard let start = buffer.baseAddress, asked.question.count > 4,
            let message = DNSMessageView(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
        else { return false }
        var nameOffset = DNSMessageView.headerBytes
        var capacity = buffer.count
        if message.questionCount == 0 {
            // Some servers refuse without it: the rules see the query's at the buffer's end.
            capacity -= asked.question.count
            guard capacity >= length else { return false }
            nameOffset = capacity
            UnsafeMutableRawBufferPointer(rebasing: buffer[capacity...])
                .copyMemory(from: asked.question)
        }
        let nameBytes = asked.question.count - 4
        query.initialize(
            to: PolicyQuery(
                view: view, generator: generator, nowMicroseconds: asked.nowMicroseconds,
                packet: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self),
                packetLength: Int32(truncatingIfNeeded: length),
                nameOffset: Int32(truncatingIfNeeded: nameOffset),
                nameLength: Int32(truncatingIfNeeded: nameBytes),
                queryType: Self.word(asked.question, at: nameBytes),
                queryClass: Self.word(asked.question, at: nameBytes + 2),
                remoteAddress: asked.client, localAddress: asked.local, overTCP: asked.overTCP,
                thread: Int32(thread)))
        query.pointee.state = asked.state
        query.pointee.packetCapacity = Int32(truncatingIfNeeded: capacity)
        query.pointee.isResponse = true
        query.pointee.server = view.pointee.ordinal(of: asked.server)
        return true
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16 {
        UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
