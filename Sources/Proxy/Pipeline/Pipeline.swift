// SPDX-License-Identifier: Apache-2.0
//
// The way of a query, the same over UDP and TCP: access list, header, question, rules, pool, policy.
// And of an answer: is it one, to this question; then the client's own identifier and flags return.
// There is no I/O here, no clock and no memory of queries: the owner (a worker, the stream loop)
// keeps those. What dnsdist does is done (research: its 1.7.3 and 2.1), but for two questions in one
// message, which RFC 9619 has since called an error.

import Addressing
public import Balancing
import DNSWire
import Glibc

/// Decides about queries and answers, one instance for each plane thread.
///
/// It allocates at its start only. Every method works on the caller's buffer and returns numbers.
public struct Pipeline: ~Copyable {
    /// dnsdist's `s_initialUDPPacketBufferSize`: a longer query over UDP is not compliant.
    public static let queryBytesMax = 1_500

    /// 0 up to the workers; the stream loop's is their number.
    public let thread: Int
    public let counters: ThreadCounters
    /// A stable address, which ``PolicyQuery`` hands to policies.
    private let generator: UnsafeMutablePointer<SelectionGenerator>

    /// - Parameters:
    ///   - thread: the plane thread's index.
    ///   - counters: the thread's own.
    ///   - seed: of the balancing decisions; equal seeds decide equally.
    public init(thread: Int, counters: ThreadCounters, seed: UInt64) {
        self.thread = thread
        self.counters = counters
        generator = .allocate(capacity: 1)
        generator.initialize(to: SelectionGenerator(seed: seed))
    }

    deinit {
        generator.deallocate()
    }

    /// Decides about one query, and writes the answer in its place when we give it ourselves.
    ///
    /// - Parameters:
    ///   - buffer: the query at its start; at least ``LocalAnswer/bytesMax`` octets, so that every
    ///     answer fits.
    ///   - length: the query's octets.
    ///   - client: a `sockaddr_in` or `sockaddr_in6`.
    ///   - local: the address that was asked, of the same form.
    ///   - nowMicroseconds: the monotonic clock, one value a batch.
    ///   - view: got by this thread, this batch.
    public mutating func decide(
        _ buffer: UnsafeMutableRawBufferPointer, length: Int, client: UnsafeRawPointer,
        local: UnsafeRawPointer, overTCP: Bool, nowMicroseconds: UInt64,
        view: UnsafePointer<PlaneView>
    ) -> QueryDecision {
        guard let source = IPAddress(rawSocketAddress: client), view.pointee.acl.contains(source)
        else {
            counters.count(.aclDrops)
            return .drop
        }
        counters.count(.queries)
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<length])
        guard let message = DNSMessageView(bytes), !message.isResponse else {
            counters.count(.nonCompliantQueries)
            return .drop
        }
        if message.recursionDesired { counters.count(.recursionDesiredQueries) }
        guard message.questionCount == 1 else {
            return refuseQuestionCount(message, buffer)
        }
        guard let question = message.question else {
            counters.count(.nonCompliantQueries)
            return .drop
        }
        var pool = 0
        if !view.pointee.rules.isEmpty {
            let verdict = view.pointee.rules.verdict(
                queryType: question.type.rawValue, overTCP: overTCP, source: source)
            guard case .forward(let chosen) = verdict else {
                return apply(verdict, message, question, buffer)
            }
            pool = chosen
        }
        // The generator is this thread's, and the query lives on this frame.
        var query = PolicyQuery(
            view: view, generator: generator, nowMicroseconds: nowMicroseconds,
            packet: UnsafeRawPointer(buffer.baseAddress!)  // it holds a header, so it is not nil
                .assumingMemoryBound(to: UInt8.self),
            packetLength: Int32(length), nameOffset: Int32(DNSMessageView.headerBytes),
            nameLength: Int32(question.nameBytes), queryType: question.type.rawValue,
            queryClass: question.class.rawValue, remoteAddress: client, localAddress: local,
            overTCP: overTCP, thread: Int32(thread))
        let ordinal = view.pointee.chooseServer(pool: pool, for: &query)
        guard ordinal >= 0 else {
            counters.count(.noPolicy)
            guard view.pointee.answersServFailWhenNoServer else { return .drop }
            return answer(.serverFailure, message, question, buffer)
        }
        counters.count(.forwarded)
        return .forward(ordinal: ordinal, questionEnd: question.endOffset)
    }

    /// Compares what a server sent with the question it was asked.
    ///
    /// The identifier, and that it came over the socket the query went out by, are the owner's to
    /// check. An answer without a question passes when it reports an error, as with dnsdist: some
    /// servers refuse so.
    ///
    /// - Parameter question: the octets of the query's question: name, type and class.
    public func verify(
        _ bytes: UnsafeRawBufferPointer, question: UnsafeRawBufferPointer
    ) -> AnswerVerdict {
        guard let message = DNSMessageView(bytes), message.isResponse else { return .mismatch }
        let start = DNSMessageView.headerBytes
        if message.questionCount == 0 {
            let code = message.responseCode
            return code == .noError || code == .nameError ? .mismatch : .accepted
        }
        let end = start + question.count
        guard question.count > 4, bytes.count >= end else { return .mismatch }
        let theirs = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        // Nearly every server copies the question as it came.
        if Self.areEqual(theirs, question) { return .accepted }
        guard let mine = message.question, mine.endOffset == end,
            Self.areEqual(
                UnsafeRawBufferPointer(rebasing: theirs[mine.nameBytes...]),
                UnsafeRawBufferPointer(rebasing: question[mine.nameBytes...])),
            CaseFolding.areEqual(
                mine.name, UnsafeRawBufferPointer(rebasing: question[..<mine.nameBytes]))
        else { return .mismatch }
        return .accepted
    }

    private static func areEqual(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        guard left.count == right.count, let one = left.baseAddress, let other = right.baseAddress
        else { return left.count == right.count }
        return memcmp(one, other, left.count) == 0
    }

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
        guard let message = DNSMessageView(UnsafeRawBufferPointer(answer)),
            let writer = DNSHeaderWriter(answer)
        else { return 0 }
        let end = message.question?.endOffset
        var flags = message.flags
        flags.isTruncated = true
        writer.setFlags(flags)
        writer.setCounts(questions: end == nil ? 0 : 1, answers: 0, authority: 0, additional: 0)
        return end ?? DNSMessageView.headerBytes
    }
}

extension Pipeline {
    /// No question is NOTIMP, as with dnsdist; two are FORMERR (RFC 9619 §4).
    private func refuseQuestionCount(
        _ message: DNSMessageView, _ buffer: UnsafeMutableRawBufferPointer
    ) -> QueryDecision {
        if message.questionCount == 0 {
            counters.count(.emptyQueries)
            return answer(.notImplemented, message, nil, buffer)
        }
        counters.count(.nonCompliantQueries)
        return answer(.formatError, message, nil, buffer)
    }

    private func apply(
        _ verdict: RuleVerdict, _ message: DNSMessageView, _ question: QuestionView,
        _ buffer: UnsafeMutableRawBufferPointer
    ) -> QueryDecision {
        switch verdict {
        case .forward, .drop:
            counters.count(.ruleDrops)
            return .drop
        case .truncate:
            counters.count(.ruleTruncated)
            return answer(.noError, message, question, buffer, isTruncated: true)
        case .answer(let rawCode):
            let code = ResponseCode(rawValue: UInt16(rawCode))
            switch code {
            case .nameError: counters.count(.ruleNameErrors)
            case .refused: counters.count(.ruleRefused)
            case .serverFailure: counters.count(.ruleServerFailures)
            default: break
            }
            return answer(code, message, question, buffer)
        }
    }

    private func answer(
        _ code: ResponseCode, _ message: DNSMessageView, _ question: QuestionView?,
        _ buffer: UnsafeMutableRawBufferPointer, isTruncated: Bool = false
    ) -> QueryDecision {
        // dnsdist's rule for its own answers: RA as the query's RD.
        let local = LocalAnswer(
            code, isTruncated: isTruncated, recursionAvailable: message.recursionDesired)
        let length = local.write(to: message, question: question, into: buffer)
        guard length > 0 else { return .drop }
        counters.count(.selfAnswered)
        countFrontend(code)
        return .answer(length: length)
    }

    private func countFrontend(_ code: ResponseCode) {
        switch code {
        case .noError: counters.count(.frontendNoErrors)
        case .nameError: counters.count(.frontendNameErrors)
        case .serverFailure: counters.count(.frontendServerFailures)
        default: break
        }
    }
}
