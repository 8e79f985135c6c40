// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Testing

/// What programs announce beside what is declared. Would catch a route that outlives its program, a
/// change that is told when nothing changed, a drain that helpers do not follow.
struct HelperRoutesTests {
    private let prefix = IPPrefix("192.0.2.53/32")!  // a literal
    private let key = NeighborKey(endpoint: Endpoint("192.0.2.1", defaultPort: 179)!)  // likewise

    private func attributes(med: UInt32) -> RouteAttributes {
        var attributes = RouteAttributes()
        attributes.med = med
        return attributes
    }

    private func wanted(
        _ routes: HelperRoutes, declared: RouteAttributes? = nil,
        _ inputs: AnnounceInputs = AnnounceInputs()
    ) -> RouteAttributes? {
        let own = declared.map { WantedAnnouncement(attributes: $0, whenDown: .withdraw) }
        var wanted = [key: own.map { [prefix: $0] } ?? [:]]
        routes.overlay(on: &wanted, inputs: inputs)
        return wanted[key]?[prefix]?.attributes
    }

    @Test func tellsOnlyWhatIsDifferentInTheEnd() {
        var routes = HelperRoutes()
        routes.announce(prefix, attributes(med: 1), to: key, by: "h", now: .zero)
        routes.announce(prefix, attributes(med: 2), to: key, by: "h", now: .zero)
        #expect(
            routes.takeChanges().map(\.description) == ["announced \(prefix) to \(key): helper h"])
        routes.announce(prefix, attributes(med: 2), to: key, by: "h", now: .zero)
        #expect(routes.takeChanges().isEmpty)
        routes.announce(prefix, attributes(med: 3), to: key, by: "h", now: .zero)
        routes.announce(prefix, attributes(med: 2), to: key, by: "h", now: .zero)
        #expect(routes.takeChanges().isEmpty)
        routes.withdraw(prefix, from: key, by: "h", isDeclared: false, now: .zero)
        routes.withdraw(prefix, from: key, by: "h", isDeclared: false, now: .zero)
        #expect(
            routes.takeChanges().map(\.description) == ["withdrew \(prefix) to \(key): helper h"])
        #expect(routes.isEmpty)
    }

    @Test func aHelperTakesBackWhatIsAlwaysAnnounced() {
        var routes = HelperRoutes()
        let declared = attributes(med: 9)
        #expect(wanted(routes, declared: declared) == declared)
        routes.withdraw(prefix, from: key, by: "h", isDeclared: true, now: .zero)
        #expect(routes.takeChanges().map(\.kind) == [.withdrawn])
        #expect(wanted(routes, declared: declared) == nil)
        routes.announce(prefix, attributes(med: 1), to: key, by: "h", now: .zero)
        #expect(wanted(routes, declared: declared)?.med == 1)
        routes.removeAll(of: "h", cause: "gone")
        #expect(wanted(routes, declared: declared) == declared)
    }

    @Test func whatTheNextRunDoesNotSayAgainGoes() {
        var routes = HelperRoutes()
        let other = IPPrefix("192.0.2.54/32")!  // a literal
        for one in [prefix, other] {
            routes.announce(one, attributes(med: 1), to: key, by: "h", now: .zero)
        }
        routes.announce(
            prefix, attributes(med: 1),
            to: NeighborKey(endpoint: Endpoint("192.0.2.2", defaultPort: 179)!), by: "other",
            now: .zero)
        _ = routes.takeChanges()
        routes.markStale("h", now: .seconds(5))
        #expect(routes.takeChanges().isEmpty)
        routes.announce(other, attributes(med: 1), to: key, by: "h", now: .zero)
        routes.removeAll(of: "h", cause: "too late") { $0.staleSince != nil }
        #expect(
            routes.takeChanges().map(\.description) == ["withdrew \(prefix) to \(key): too late"])
        #expect(routes.count == 2)
    }

    @Test func drainsAndTheEndHoldForHelpersToo() {
        var routes = HelperRoutes()
        routes.announce(prefix, attributes(med: 1), to: key, by: "h", now: .zero)
        var inputs = AnnounceInputs()
        inputs.drains = [.node: .graceful]
        #expect(wanted(routes, inputs)?.communities == [.gracefulShutdown])
        inputs.drains = [.prefix(prefix): .withdrawn]
        #expect(wanted(routes, inputs) == nil)
        #expect(routes.statuses(inputs: inputs).map(\.isAnnounced) == [false])
        inputs.drains = [:]
        #expect(routes.statuses(inputs: inputs).map(\.reason) == ["helper h"])
        inputs.isShuttingDown = true
        #expect(wanted(routes, inputs) == nil)
    }

    @Test func aNeighborThatIsGoneTakesItsRoutesAlong() {
        var routes = HelperRoutes()
        routes.announce(prefix, attributes(med: 1), to: key, by: "h", now: .zero)
        routes.keep(neighbors: [])
        #expect(routes.isEmpty && routes.takeChanges().isEmpty)
    }
}
