// SPDX-License-Identifier: Apache-2.0

internal import Addressing
internal import Declarations

extension AnnounceEngine {
    /// What the inputs say about a route, and whether what is announced of it is draining.
    func aim(
        of route: RouteStateMachine, _ gates: inout GateMemory
    ) -> (aim: RouteAim, isGraceful: Bool) {
        if inputs.isShuttingDown {
            return (.withdraw(cause: "shutting down", isFlap: false), false)
        }
        let family = RouteFamily(of: route.declaration.prefix.address)
        guard route.neighbor.carries(family) else {
            let words = "neighbor \(route.neighbor.key) does not carry \(family.rawValue)"
            return (.withdraw(cause: words, isFlap: false), false)
        }
        let force = inputs.forces[route.declaration.prefix]
        if let force, !force.isUp {
            return (.withdraw(cause: force.words, isFlap: false), false)
        }
        let drain = drain(of: route)
        if let drain, drain.phase == .withdrawn || route.face == nil {
            return (.withdraw(cause: drain.cause, isFlap: false), false)
        }
        return (serviceAim(of: route, &gates), drain != nil)
    }

    /// The furthest drain that concerns the route.
    private func drain(of route: RouteStateMachine) -> (phase: DrainPhase, cause: String)? {
        guard !inputs.drains.isEmpty else { return nil }
        var candidates: [(phase: DrainPhase, cause: String)] = []
        if let phase = inputs.drains[.node] { candidates.append((phase, "this node is drained")) }
        if let phase = inputs.drains[.prefix(route.declaration.prefix)] {
            candidates.append((phase, "\(route.declaration.prefix) is drained"))
        }
        if case .checks(let names) = route.declaration.condition {
            for name in names {
                if let phase = inputs.drains[.check(name)] {
                    candidates.append((phase, "check \(name) is drained"))
                }
            }
        }
        return candidates.max { $0.phase < $1.phase }
    }

    private func serviceAim(of route: RouteStateMachine, _ gates: inout GateMemory) -> RouteAim {
        if let address = route.declaration.requiredAddress,
            let absence = inputs.presence.absence(of: address)
        {
            return .withdraw(cause: absence, isFlap: true)
        }
        if let force = inputs.forces[route.declaration.prefix] { return .force(cause: force.words) }
        let gate = gates.aim(of: route.declaration.condition) { gateAim(of: $0) }
        guard case .announce(let cause) = gate, route.declaration.rule != nil else { return gate }
        return ruleAim(of: route, gateCause: cause)
    }

    /// What `when` says: all of its checks, the surest "no" first.
    private func gateAim(of condition: AnnounceCondition) -> RouteAim {
        let names: [String]
        switch condition {
        case .always: return .announce(cause: "always announced")
        case .ruleAlone: return .announce(cause: "")
        case .checks(let checks): names = checks
        }
        guard !names.isEmpty else {
            return .withdraw(cause: "its list of checks is empty", isFlap: false)
        }
        let gates = names.map { name in
            (name: name, gate: inputs.checks[name] ?? CheckGate(.unknown, words: "unknown"))
        }
        func cause(of verdict: CheckGate.Verdict) -> String? {
            gates.first { $0.gate.verdict == verdict }.map {
                "check \($0.name) is \($0.gate.words)"
            }
        }
        if let cause = cause(of: .disabled) { return .degrade(cause: cause, isFlap: false) }
        if let cause = cause(of: .down) { return .degrade(cause: cause, isFlap: true) }
        if let cause = cause(of: .unknown) { return .await(cause: cause) }
        if let cause = cause(of: .error) { return .hold(cause: cause) }
        guard names.count == 1, let cause = cause(of: .up) else {
            return .announce(cause: "checks \(names.joined(separator: ", ")) are up")
        }
        return .announce(cause: cause)
    }

    private func ruleAim(of route: RouteStateMachine, gateCause: String) -> RouteAim {
        switch route.ruleDecision {
        case .announce:
            return .announce(cause: gateCause.isEmpty ? "its rule announces it" : gateCause)
        case .withdraw(let reason):
            let words =
                reason.isEmpty ? "its rule withdraws it" : "its rule withdraws it: \(reason)"
            return .withdraw(cause: words, isFlap: true)
        case .error, nil:
            return .hold(cause: "its rule has not decided yet")
        }
    }
}
