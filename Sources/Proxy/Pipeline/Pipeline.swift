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
import Declarations
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
    let generator: UnsafeMutablePointer<SelectionGenerator>
    /// The query that is being decided about, at stable addresses too. Uninitialized before the first.
    let query: UnsafeMutablePointer<PolicyQuery>
    let state: UnsafeMutablePointer<QueryState>
    let tickets = TicketPool()
    /// What the client's header said of the query decided about last, before any rule changed it.
    public private(set) var identity = RequestIdentity(id: 0, flags: DNSFlags(rawValue: 0))

    /// - Parameters:
    ///   - thread: the plane thread's index.
    ///   - counters: the thread's own.
    ///   - seed: of the balancing decisions; equal seeds decide equally.
    public init(thread: Int, counters: ThreadCounters, seed: UInt64) {
        self.thread = thread
        self.counters = counters
        generator = .allocate(capacity: 1)
        generator.initialize(to: SelectionGenerator(seed: seed))
        query = .allocate(capacity: 1)
        state = .allocate(capacity: 1)
        state.initialize(to: QueryState())
    }

    deinit {
        state.pointee.deallocate()
        state.deallocate()
        query.deallocate()
        generator.deallocate()
    }

    /// Decides about one query, and writes the answer in its place when we give it ourselves.
    ///
    /// What rules said about a query that is forwarded is the caller's: it calls ``takeState()`` or
    /// ``discardState()`` before the next query. ``queryBytes`` are to be sent then.
    ///
    /// - Parameters:
    ///   - buffer: the query at its start; at least ``LocalAnswer/bytesMax`` octets, so that every
    ///     answer fits, and ``PlaneView/answerBytesMax`` for those of rules.
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
        state.pointee = QueryState()
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
        identity = RequestIdentity(message)
        // The generator is this thread's; query and state stay where they are until the next one.
        query.initialize(
            to: PolicyQuery(
                view: view, generator: generator, nowMicroseconds: nowMicroseconds,
                packet: UnsafeRawPointer(buffer.baseAddress!)  // it holds a header: not nil
                    .assumingMemoryBound(to: UInt8.self),
                packetLength: Int32(length), nameOffset: Int32(DNSMessageView.headerBytes),
                nameLength: Int32(question.nameBytes), queryType: question.type.rawValue,
                queryClass: question.class.rawValue, remoteAddress: client, localAddress: local,
                overTCP: overTCP, thread: Int32(thread)))
        query.pointee.state = state
        query.pointee.packetCapacity = Int32(truncatingIfNeeded: buffer.count)
        // Only a message with more behind its question than an empty OPT can ask for it.
        if length &- question.endOffset > EDNSView.emptyBytes,
            !view.pointee.identity.nsid.isEmpty
        {
            noteNSID(message)
        }
        return decideQuestion(view)
    }

    /// The way of a sound query: blocks, rules, then the pool's policy. What answers from memory
    /// comes between the last two.
    private mutating func decideQuestion(_ view: UnsafePointer<PlaneView>) -> QueryDecision {
        view.pointee.traffic.note(query)
        var meetsRules = !view.pointee.rules.isEmpty
        if let blocks = view.pointee.blocks.view {
            switch apply(blocks, view) {
            case .pass: break
            case .passRules: meetsRules = false
            case .decided(let decision):
                discardState()
                return decision
            }
        }
        if meetsRules, let decision = applyRules(view) {
            // Nobody waits for an answer that would need them.
            discardState()
            return decision
        }
        if query.pointee.queryClass == IdentityView.chaosClass,
            let decision = answerIdentity(view)
        {
            discardState()
            return decision
        }
        if state.pointee.flags.contains(.wantsNSID) { removeNSID() }
        let pool = view.pointee.pools + Int(state.pointee.pool)
        if pool.pointee.usesClientSubnet { addClientSubnet(view) }
        if let cache = pool.pointee.cache, let decision = lookUp(cache, view) {
            discardState()
            return decision
        }
        return choose(view)
    }

    private mutating func choose(_ view: UnsafePointer<PlaneView>) -> QueryDecision {
        let ordinal = view.pointee.chooseServer(pool: Int(state.pointee.pool), for: query)
        guard ordinal >= 0 else {
            counters.count(.noPolicy)
            defer { discardState() }
            guard view.pointee.answersServFailWhenNoServer else { return .drop }
            // What we added is not the client's, which may have no EDNS.
            if !state.pointee.flags.isDisjoint(with: .addedClientSubnet) { withdrawClientSubnet() }
            return answer(.serverFailure, options: .withoutRecursion)
        }
        if !state.pointee.flags.isDisjoint(with: .addedClientSubnet),
            !view.pointee.servers[Int(ordinal)].usesClientSubnet
        {
            withdrawClientSubnet()
        }
        counters.count(.forwarded)
        return .forward(
            ordinal: ordinal,
            questionEnd: DNSMessageView.headerBytes &+ Int(query.pointee.nameLength) &+ 4)
    }

    /// Octets of the query decided about last, which rules may have made longer or shorter.
    public var queryBytes: Int { Int(query.pointee.packetLength) }

    /// Hands over what was decided about the query that is forwarded; its tags are the caller's.
    public func takeState() -> QueryState {
        state.pointee.take()
    }

    /// Frees what was decided about a query that goes no further. Its delay can still be read.
    public func discardState() {
        state.pointee.deallocate()
    }

    /// How long an answer of ours is to be kept back, over UDP.
    public var answerDelayMilliseconds: UInt32 { state.pointee.delayMilliseconds }

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
}
