// SPDX-License-Identifier: Apache-2.0
//
// Where the packet cache stands, as in dnsdist: looked at after the rules on queries, kept after the
// rules on answers, so that what those changed is what the next client gets. The policy comes after it,
// so a script that balances runs for misses only.

public import Balancing
import DNSWire

extension Pipeline {
    /// Answers the query from a cache; `nil` when it goes on to a server, whose answer may be kept.
    mutating func lookUp(
        _ cache: PacketCacheHandle, _ view: UnsafePointer<PlaneView>
    ) -> QueryDecision? {
        guard !state.pointee.flags.contains(.skipsCache), let message = query.pointee.message,
            let question = message.question
        else { return nil }
        let ticket = tickets.take()
        guard
            ticket.pointee.read(
                message, question, overTCP: query.pointee.overTCP, added: state.pointee.flags,
                for: cache)
        else {
            TicketPool.giveBack(ticket)
            return nil
        }
        let staleSeconds = view.pointee.staleCacheEntriesTTL
        let servesStale =
            staleSeconds > 0 && !view.pointee.hasLiveServer(pool: Int(state.pointee.pool))
        let length = cache.lookUp(
            ticket,
            question: UnsafeRawBufferPointer(
                rebasing: message.bytes[DNSMessageView.headerBytes..<question.endOffset]),
            in: query.pointee.buffer, now: query.pointee.nowMicroseconds,
            staleSeconds: servesStale ? staleSeconds : 0, thread: thread)
        guard length > 0 else {
            counters.count(.cacheMisses)
            state.pointee.setTicket(ticket)
            return nil
        }
        TicketPool.giveBack(ticket)
        counters.count(.cacheHits)
        return answer(cached: length, view)
    }

    private mutating func answer(
        cached length: Int, _ view: UnsafePointer<PlaneView>
    ) -> QueryDecision {
        // A rule may have changed RD or CD for the servers; the client gets its own.
        query.pointee.header?.restoreRequestFlags(of: identity.flags)
        query.pointee.packetLength = Int32(truncatingIfNeeded: length)
        query.pointee.isResponse = true
        if !view.pointee.cacheHitResponseRules.isEmpty,
            !view.pointee.cacheHitResponseRules.passes(query)
        {
            counters.count(.ruleDrops)
            return .drop
        }
        guard let message = query.pointee.message else { return .drop }
        counters.count(.responses)
        let code = message.responseCode
        if code == .serverFailure { counters.count(.serverFailureResponses) }
        countFrontend(code)
        view.pointee.traffic.note(hit: query, responseCode: code.rawValue)
        return answered(view)
    }

    /// Keeps a server's answer in the cache that had none to its query, unless a rule said not to.
    ///
    /// - Parameters:
    ///   - answer: restored, and changed by the rules on answers; empty when it is not sent.
    ///   - question: the query's: name, type and class.
    ///   - view: got by this thread, this batch: the cache may have gone with an older one.
    public func keep(
        _ answer: UnsafeRawBufferPointer, question: UnsafeRawBufferPointer, state: QueryState,
        nowMicroseconds: UInt64, view: UnsafePointer<PlaneView>
    ) {
        guard let ticket = state.ticket, !state.flags.contains(.skipsCache),
            let cache = view.pointee.cache(id: ticket.pointee.cache)
        else { return }
        let failureTTL = state.temporaryFailureTTL
        cache.insert(
            ticket, question: question, answer: answer, now: nowMicroseconds,
            temporaryFailureTTL: failureTTL == QueryState.noTTL ? nil : failureTTL,
            thread: thread)
    }
}
