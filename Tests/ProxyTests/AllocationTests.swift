// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import CAllocations
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Would catch a query that takes memory on the built-in path, and what a query owns that is not
/// given back, or given back twice.
@Suite struct AllocationTests {
    private static let rounds = 500

    private static let location = SourceLocation(file: "test.lua", line: 1)

    private static func rule(_ selector: Selector, _ action: Action) -> RuleDeclaration {
        RuleDeclaration(selector: selector, action: action, name: "r", location: location)
    }

    /// What deciding the same query many times takes and gives back, after a first time.
    ///
    /// - Parameter takes: whether the state goes with the query, as to an outstanding slot.
    private func count(
        _ packet: [UInt8] = Packets.query(), takes: Bool = false, seesTraffic: Bool = false,
        blocks: [(subject: DynamicBlock.Subject, action: ScriptAction)] = [],
        _ change: (inout DeclaredConfiguration) -> Void
    ) throws -> (taken: Int, freed: Int, decision: QueryDecision) {
        let counters = PlaneCounters(planeThreads: 2)
        let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 5300)])
        change(&fixture.configuration)
        let snapshot = try fixture.snapshot()
        if seesTraffic { snapshot.traffic.start() }
        let cell = SnapshotCell(planeThreads: 2, snapshot)
        for block in blocks {
            fixture.statistics.blocks.insert(
                BlockOrder(block.subject, reason: "r", seconds: 60, action: block.action),
                nowMicroseconds: 1_000_000)
        }
        cell.publish(fixture.statistics.blocks)
        var pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
        var remote = PlaneFixture.endpoint("127.0.0.2", port: 4000).socketAddress.storage
        var local = PlaneFixture.endpoint("127.0.0.1", port: 53).socketAddress.storage
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_024, alignment: 8)
        defer { buffer.deallocate() }
        var decision = QueryDecision.drop
        func decide() {
            packet.withUnsafeBytes { buffer.copyMemory(from: $0) }
            decision = pipeline.decide(
                buffer, length: packet.count, client: &remote, local: &local, overTCP: false,
                nowMicroseconds: 2_000_000, view: snapshot.view)
            if takes, case .forward = decision {
                var state = pipeline.takeState()
                pipeline.discardState()
                state.deallocate()
            } else {
                pipeline.discardState()
            }
        }
        decide()
        let (taken, freed) = (callocations_taken(), callocations_freed())
        for _ in 0..<Self.rounds { decide() }
        let result = (callocations_taken() - taken, callocations_freed() - freed, decision)
        withExtendedLifetime(cell) {}
        return result
    }

    @Test func theCounterCounts() {
        let (taken, freed) = (callocations_taken(), callocations_freed())
        let block = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 64)
        #expect(callocations_taken() - taken >= 1)
        block.deallocate()
        #expect(callocations_freed() - freed >= 1)
    }

    @Test func answersOfRulesTakeNone() throws {
        let refused = try count { $0.rules = [Self.rule(.all, .responseCode(5))] }
        #expect(refused.taken == 0 && refused.freed == 0, "\(refused)")
        let truncated = try count { $0.rules = [Self.rule(.all, .truncate)] }
        #expect(truncated.taken == 0 && truncated.freed == 0, "\(truncated)")
    }

    /// Of a rule that a query passes, and the query's way to a server afterwards.
    @Test(arguments: Self.selectors) func selectorsTakeNone(selector: Selector) throws {
        let result = try count(Self.ednsQuery) {
            $0.rules = [
                Self.rule(selector, .skipCache), Self.rule(.not(selector), .skipCache),
                Self.rule(.and([.all, selector, .queryType(1)]), .skipCache),
                Self.rule(.or([.queryType(99), selector]), .skipCache),
            ]
        }
        #expect(result.taken == 0 && result.freed == 0, "\(result)")
        #expect(result.decision.isForward)
    }

    private static let selectors: [Selector] = {
        // Names in wire form, and the tests' own prefixes.
        let name = Array(Packets.question("www.example.org", type: 1).dropLast(4))
        let parent = Array(Packets.question("example.org", type: 1).dropLast(4))
        return [
            .all, .queryType(1), .queryClass(1), .opcode(0), .queryName(name),
            .queryNames([name, parent]), .suffixes([parent]), .labelCountOutside(min: 1, max: 2),
            .nameLengthOutside(min: 1, max: 5), .overTCP(false), .recursionDesired, .dnssecOK,
            .ednsOption(10), .ednsVersionAbove(0), .trailingData,
            .source([IPPrefix("127.0.0.0/8")!, IPPrefix("2001:db8::/32")!]),
            .destination([IPPrefix("127.0.0.1/32")!]), .destinationPort(53),
            .tag(name: "none", value: nil), .recordCount(section: 3, 1...1),
            .recordTypeCount(section: 3, type: 41, 1...1), .probability(0.5), .poolAvailable(""),
            .poolOutstandingAbove("", 10),
            .queryRateAbove(QueryRateLimit(perSecond: 10, burst: 10)),
            .sourceQueryRateAbove(
                SourceQueryRateLimit(rate: QueryRateLimit(perSecond: 10, burst: 10))),
        ]
    }()

    @Test(arguments: Self.actions) func actionsTakeNone(action: Action) throws {
        let result = try count(Self.ednsQuery, takes: true) {
            $0.pools.append(PoolDeclaration(name: "other"))
            $0.servers[0].pools = ["", "other"]
            $0.rules = [Self.rule(.all, action)]
        }
        #expect(result.taken == 0 && result.freed == 0, "\(result)")
    }

    private static let actions: [Action] = [
        .allow, .drop, .truncate, .responseCode(5), .extendedResponseCode(16), .pool("other"),
        .spoofAddresses([IPAddress("192.0.2.1")!, IPAddress("2001:db8::1")!]),
        .spoofAlias([3, 119, 119, 119, 0]), .spoofRaw([[1, 2, 3, 4]], type: 1),
        .negative(
            isNameError: true,
            StartOfAuthority(
                zone: [0], data: [UInt8](repeating: 0, count: 22),
                isInAuthoritySection: true)),
        .delay(milliseconds: 10), .noRecurse, .disableValidation, .skipCache,
        .temporaryFailureTTL(10), .clientSubnet(.override(true)),
        .clientSubnet(.networks(v4: IPPrefix("192.0.2.0/24")!, v6: IPPrefix("::/0")!)),
        .dropAbove(QueryRateLimit(perSecond: 10, burst: 10)),
        .poolWithin(QueryRateLimit(perSecond: 10, burst: 10), pool: "other"), .none,
    ]

    /// DO set, and a cookie's option.
    private static let ednsQuery: [UInt8] = {
        var query = Packets.query()
        query[11] = 1
        return query + [0, 0, 41, 4, 208, 0, 0, 128, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
    }()

    @Test(arguments: BuiltinPolicy.allCases)
    func builtinPoliciesTakeNone(policy: BuiltinPolicy) throws {
        let result = try count { configuration in
            let first = configuration.servers[0]
            configuration.servers = (0..<20).map {
                var server = first
                server.identity = "server\($0)"
                server.name = server.identity
                server.order = 1 + $0 / 10
                return server
            }
            configuration.policy = .builtin(policy)
        }
        #expect(result.taken == 0 && result.freed == 0, "\(result)")
        #expect(result.decision.isForward)
    }

    @Test(arguments: [false, true]) func aClientSubnetTakesNone(reachesServer: Bool) throws {
        let result = try count {
            $0.pools[0].usesClientSubnet = true
            $0.servers[0].usesClientSubnet = reachesServer
        }
        // Without optimization, taking an OPT out again costs three blocks.
        #if DEBUG
            let most = reachesServer ? 0 : 3 * Self.rounds
        #else
            let most = 0
        #endif
        #expect(result.taken <= most && result.freed == result.taken, "\(result)")
        #expect(result.decision.isForward)
    }

    /// The ticket of a miss comes from the thread's own pool, whether its query is forwarded or not.
    @Test(arguments: [true, false]) func aCacheMissTakesNone(hasServer: Bool) throws {
        let result = try count(Self.ednsQuery, takes: true) {
            $0.caches = [PacketCacheDeclaration(entriesMax: 100, location: Self.location)]
            $0.pools[0].cache = 0
            if !hasServer { $0.servers[0].initialState = .down }
        }
        #expect(result.taken == 0 && result.freed == 0, "\(result)")
        #expect(result.decision.isForward == hasServer)
    }

    @Test(arguments: [ScriptAction.noOp, .refused, .drop])
    func blocksAndRingsTakeNone(action: ScriptAction) throws {
        let name = Array(Packets.question("example.org", type: 1).dropLast(4))
        let result = try count(
            seesTraffic: true,
            blocks: [
                // A test's own text.
                (.source(BlockedSource(IPPrefix("127.0.0.2/32")!)), action),
                (.source(BlockedSource(IPPrefix("10.0.0.0/8")!)), .drop),
                (.name(name), .noOp),
            ]
        ) { _ in }
        #expect(result.taken == 0 && result.freed == 0, "\(result)")
    }

    /// One block for a query's tags, given back once: when it goes no further, and when its state
    /// goes with it to a server.
    @Test(arguments: [
        (takes: false, end: Action.drop), (takes: false, end: .responseCode(5)),
        (takes: true, end: .setTag(name: "three", value: "3")),
    ])
    func tagsAreGivenBackOnce(takes: Bool, end: Action) throws {
        let result = try count(takes: takes) {
            $0.rules = [
                Self.rule(.all, .setTag(name: "one", value: "1")),
                Self.rule(.all, .setTag(name: "two", value: "2")),
                Self.rule(.tag(name: "one", value: "1"), end),
            ]
        }
        #expect(result.taken == Self.rounds && result.freed == Self.rounds, "\(result)")
    }
}

extension QueryDecision {
    fileprivate var isForward: Bool {
        if case .forward = self { true } else { false }
    }
}
