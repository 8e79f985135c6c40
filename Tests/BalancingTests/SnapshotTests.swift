// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Testing

/// Catches a snapshot that says something else than its configuration.
@Suite struct SnapshotTests {
    @Test func poolsAreSortedByOrderAndStable() throws {
        let fixture = try BalancingFixture([
            server("a", order: 3), server("b", order: 1), server("c", order: 3),
            server("d", order: 1), server("e", order: 2, pools: ["x"]),
        ])
        #expect(Array(fixture.view.pools[0].ordinals) == [1, 3, 0, 2])
        #expect(fixture.snapshot.poolNames == ["", "ring", "x"])
        #expect(Array(fixture.view.pools[2].ordinals) == [4])
    }

    @Test func aServerNamedTwiceForOnePoolIsInItOnce() throws {
        let fixture = try BalancingFixture([server("a", pools: ["", "x", "x"])])
        #expect(Array(fixture.view.pools[2].ordinals) == [0])
    }

    @Test func aPoolUsesItsOwnPolicyElseTheGlobalOne() throws {
        let fixture = try BalancingFixture([server("a")]) {
            $0.policy = .builtin(.roundrobin)
            $0.pools.append(PoolDeclaration(name: "x", policy: .builtin(.roundrobin)))
        }
        #expect(fixture.snapshot.policyNames == ["roundrobin", "chashed"])
        #expect((0..<3).map { fixture.view.pools[$0].policy } == [0, 1, 0])
    }

    @Test func aServersOwnTimeoutComesBeforeTheGlobalOne() throws {
        var own = server("b")
        own.udpTimeoutMilliseconds = 300
        let fixture = try BalancingFixture([server("a"), own]) {
            $0.udpTimeoutMilliseconds = 4_000
        }
        #expect(fixture.view.servers[0].udpTimeoutMilliseconds == 4_000)
        #expect(fixture.view.servers[1].udpTimeoutMilliseconds == 300)
    }

    @Test func theAddressIsReadyForTheKernel() throws {
        let fixture = try BalancingFixture([server("a", port: 5_300)])
        let parsed = Endpoint(socketAddress: fixture.view.servers[0].address)
        #expect(parsed == Endpoint(address: .loopbackV4, port: 5_300))
        #expect(fixture.view.servers[0].sourceLength == 0)
    }

    @Test func aConfigurationWithoutServersIsASnapshotToo() throws {
        let fixture = try BalancingFixture([])
        let chosen = fixture.withQuery { fixture.view.chooseServer(pool: 0, for: $0) }
        #expect(chosen == PlaneView.none)
    }
}
