// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations

/// One engine with a clock that a test moves, and short ways to say what is.
struct EngineHarness {
    static let prefix = IPPrefix("192.0.2.1/32")!  // a literal that parses
    static let address = prefix.address
    static let router = NeighborKey(
        endpoint: Endpoint(address: IPAddress(v4: 0x0a01_35fe), port: 179))
    static let otherRouter = NeighborKey(
        endpoint: Endpoint(address: IPAddress(v4: 0x0a01_35fd), port: 179))

    var engine = AnnounceEngine()
    var now = Duration.zero
    /// Since the last ``drain()``.
    private(set) var events: [RouteEvent] = []
    private(set) var last = AnnounceUpdate(hasChanged: false, nextDeadline: nil)

    init(
        _ announcements: [AnnouncementDeclaration] = [Self.announcement()],
        neighbors: [NeighborDeclaration] = [Self.neighbor()], isPresent: Bool = true
    ) {
        if isPresent { engine.inputs.presence.addresses = [Self.address] }
        engine.reconfigure(announcements: announcements, neighbors: neighbors, now: now)
    }

    static func announcement(
        _ prefix: IPPrefix = Self.prefix, when condition: AnnounceCondition = .checks(["resolver"]),
        _ change: (inout AnnouncementDeclaration) -> Void = { _ in }
    ) -> AnnouncementDeclaration {
        var declaration = AnnouncementDeclaration(
            prefix: prefix, condition: condition, name: prefix.description,
            location: SourceLocation(file: "test.lua", line: 1))
        declaration.requiredAddress = prefix.isHost ? prefix.address : nil
        declaration.attributes.med = 100
        change(&declaration)
        return declaration
    }

    static func ruled(
        _ prefix: IPPrefix = Self.prefix, when condition: AnnounceCondition = .checks(["resolver"]),
        _ change: (inout AnnouncementDeclaration) -> Void = { _ in }
    ) -> AnnouncementDeclaration {
        announcement(prefix, when: condition) {
            $0.rule = FunctionReference(
                kind: .rule, name: "rule", location: SourceLocation(file: "test.lua", line: 2),
                ordinal: 0)
            change(&$0)
        }
    }

    static func neighbor(
        _ key: NeighborKey = Self.router, families: [RouteFamily] = [.ipv4Unicast]
    ) -> NeighborDeclaration {
        var neighbor = NeighborDeclaration(
            key: key, localAS: 64_601, peerAS: 64_601,
            location: SourceLocation(file: "test.lua", line: 3))
        neighbor.families = families
        return neighbor
    }

    static func degraded(med: UInt32 = 1_000) -> WhenDown {
        var attributes = RouteAttributes()
        attributes.med = med
        return .attributes(attributes)
    }

    // MARK: what happens

    mutating func after(_ seconds: Double) {
        now += .milliseconds(Int64(seconds * 1_000))
        evaluate()
    }

    mutating func check(_ verdict: CheckGate.Verdict, _ name: String = "resolver") {
        engine.inputs.checks[name] = CheckGate(verdict, words: verdict.rawValue)
        evaluate()
    }

    mutating func rule(_ decision: RuleDecision) {
        engine.setRule(decision, forAnnouncement: 0)
        evaluate()
    }

    mutating func rule(med: UInt32) {
        var changes = RouteAttributeChanges()
        changes.med = med
        rule(.announce(changes))
    }

    mutating func reload(
        _ announcements: [AnnouncementDeclaration],
        neighbors: [NeighborDeclaration] = [Self.neighbor()]
    ) {
        engine.reconfigure(announcements: announcements, neighbors: neighbors, now: now)
        evaluate()
    }

    mutating func evaluate() {
        last = engine.evaluate(now: now)
        events += last.events
    }

    /// Up and down `count` times, a second apart.
    mutating func flap(_ count: Int) {
        for _ in 0..<count {
            check(.up)
            // Past any delay, without letting a flap be forgotten much.
            if !isAnnounced, let deadline = last.nextDeadline {
                now = deadline
                evaluate()
            }
            check(.down)
        }
    }

    // MARK: what is

    var wanted: WantedAnnouncement? { engine.wanted[Self.router]?[Self.prefix] }
    var isAnnounced: Bool { wanted != nil }
    var med: UInt32? { wanted?.attributes.med }
    var status: RouteStatus? {
        engine.statuses(now: now).first { $0.route.neighbor == Self.router }
    }
    var reason: String { status?.reason ?? "no such route" }

    /// The events since the last call, as text.
    mutating func drain() -> [String] {
        defer { events = [] }
        return events.map(\.description)
    }
}
