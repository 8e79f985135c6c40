// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations

/// Answers that we give ourselves, written where the query lies.
extension Pipeline {
    /// No question is NOTIMP, as with dnsdist; two are FORMERR (RFC 9619 §4).
    func refuseQuestionCount(
        _ message: DNSMessageView, _ buffer: UnsafeMutableRawBufferPointer
    ) -> QueryDecision {
        let code: ResponseCode = message.questionCount == 0 ? .notImplemented : .formatError
        counters.count(message.questionCount == 0 ? .emptyQueries : .nonCompliantQueries)
        // Without RA, as with dnsdist: what was not understood was not asked for, either.
        let local = LocalAnswer(code, recursionAvailable: false)
        let length = local.write(to: message, question: nil, into: buffer)
        guard length > 0 else { return .drop }
        counters.count(.selfAnswered)
        countFrontend(code)
        return .answer(length: length)
    }

    /// Answers the query with a code and no records.
    mutating func answer(
        _ code: ResponseCode, isTruncated: Bool = false, options: SpoofOptions = SpoofOptions()
    ) -> QueryDecision {
        restoreRequestFlags()
        let buffer = query.pointee.buffer
        guard let message = query.pointee.message, let question = message.question else {
            counters.count(.nonCompliantQueries)
            return .drop
        }
        // dnsdist's rule for its own answers: RA as the query's RD.
        let local = LocalAnswer(
            code, isTruncated: isTruncated,
            recursionAvailable: options.ra ?? message.recursionDesired)
        let length = local.write(to: message, question: question, into: buffer)
        Self.set(options, in: buffer)
        return finish(length)
    }

    /// Answers the query with a rule's records.
    mutating func answer(_ spoofed: SpoofedAnswer) -> QueryDecision {
        restoreRequestFlags()
        var writer = SpoofWriter(query.pointee)
        let length = writer?.write(spoofed, turn: Int(generator.pointee.next() >> 33)) ?? 0
        return finish(length)
    }

    /// Sends the answer that a script made of the query: its flags and code stay as it set them, but
    /// for the client's RD and CD; the client's OPT gives way to ours.
    mutating func answerAsMade() -> QueryDecision {
        restoreRequestFlags()
        guard let message = query.pointee.message, let header = query.pointee.header else {
            counters.count(.nonCompliantQueries)
            return .drop
        }
        var flags = message.flags
        flags.isResponse = true
        var length = Int(query.pointee.packetLength)
        if message.answerCount == 0, message.authorityCount == 0, let question = message.question {
            let local = LocalAnswer(
                flags.responseCode, recursionAvailable: flags.recursionAvailable)
            length = local.write(to: message, question: question, into: query.pointee.buffer)
        }
        header.setFlags(flags)
        return finish(length)
    }

    /// Counts an answer of ours and lets the rules on such answers see it.
    mutating func finish(_ length: Int) -> QueryDecision {
        guard length > 0 else { return .drop }
        query.pointee.packetLength = Int32(truncatingIfNeeded: length)
        query.pointee.isResponse = true
        let view = query.pointee.view
        if !view.pointee.selfAnsweredResponseRules.isEmpty,
            !view.pointee.selfAnsweredResponseRules.passes(query)
        {
            counters.count(.ruleDrops)
            return .drop
        }
        guard let message = query.pointee.message else { return .drop }
        counters.count(.selfAnswered)
        countFrontend(message.responseCode)
        view.pointee.traffic.note(hit: query, responseCode: message.responseCode.rawValue)
        return answered(view)
    }

    /// What ``query`` shows is the answer.
    func answered(_ view: UnsafePointer<PlaneView>) -> QueryDecision {
        let length = Int(query.pointee.packetLength)
        guard state.pointee.flags.contains(.wantsNSID) else { return .answer(length: length) }
        return .answer(
            length: addNSID(
                to: query.pointee.buffer, length: length, state: state.pointee,
                overTCP: query.pointee.overTCP, view: view))
    }

    /// A rule may have changed RD or CD for the servers; the client gets its own.
    private func restoreRequestFlags() {
        query.pointee.header?.restoreRequestFlags(of: identity.flags)
    }

    static func set(_ options: SpoofOptions, in answer: UnsafeMutableRawBufferPointer) {
        guard options.aa != nil || options.ad != nil, let writer = DNSHeaderWriter(answer) else {
            return
        }
        var flags = writer.flags
        if let aa = options.aa { flags.isAuthoritative = aa }
        if let ad = options.ad { flags.isAuthenticData = ad }
        writer.setFlags(flags)
    }

    func countFrontend(_ code: ResponseCode) {
        switch code {
        case .noError: counters.count(.frontendNoErrors)
        case .nameError: counters.count(.frontendNameErrors)
        case .serverFailure: counters.count(.frontendServerFailures)
        default: break
        }
    }
}
