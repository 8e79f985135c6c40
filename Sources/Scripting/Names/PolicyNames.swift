// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `setServerPolicy` and its siblings, the built-in policy objects, and the switches of policies.
extension Evaluation {
    func definePolicyNames() throws(LuaError) {
        try declare("setServerPolicy") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.policy = try policy(arguments, 0)
            return []
        }
        try declare("setServerPolicyLua") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.policy = try namedPolicy(arguments, 0)
            return []
        }
        try declare("newServerPolicy") { [unowned self] (arguments, _) throws(ArgumentError) in
            let name = try policyName(arguments, 0)
            let function = try arguments.function(1, "policy")
            return [.table(LuaTable(["name": .text(name), "policy": .function(function)]))]
        }
        try declare("newPlannedPolicy") { [unowned self] (arguments, _) throws(ArgumentError) in
            let name = try policyName(arguments, 0)
            let plan = try arguments.function(1, "plan")
            return [.table(LuaTable(["name": .text(name), "plan": .function(plan)]))]
        }
        try declare("setPoolServerPolicy") { [unowned self] (arguments, _) throws(ArgumentError) in
            setPolicy(try policy(arguments, 0), pool: try arguments.text(1, "pool"))
            return []
        }
        try declare("setPoolServerPolicyLua") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            let pool = try arguments.text(2, "pool")
            setPolicy(try namedPolicy(arguments, 0), pool: pool)
            return []
        }
        try defineSwitches()
        try defineBalancingFactors()
        if role == .control { try defineBuiltinPolicies() }
    }

    /// Control's VM has the objects for `setServerPolicy`; only a plane's can choose with them.
    private func defineBuiltinPolicies() throws(LuaError) {
        for builtin in BuiltinPolicy.allCases {
            try vm.set(
                builtin.rawValue,
                .table(LuaTable(["name": .text(builtin.rawValue)])))
            try vm.define("\(builtin.rawValue).policy") { _ in
                .raised("\(builtin.rawValue).policy: only inside a balancing policy")
            }
        }
    }

    private func defineSwitches() throws(LuaError) {
        try declare("setServFailWhenNoServer") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.answersServFailWhenNoServer = try arguments.boolean(0, "value")
            return []
        }
        try declare("setRoundRobinFailOnNoServer") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.roundRobinFailsOnNoServer = try arguments.boolean(0, "value")
            return []
        }
        try declare("setUDPTimeout") { [unowned self] (arguments, _) throws(ArgumentError) in
            // dnsdist's unit: seconds. A client has given up after half a minute.
            guard let seconds = arguments[0].asNumber, (0.001...30).contains(seconds) else {
                throw arguments.wrong(0, "timeout", "from 0.001 to 30 seconds")
            }
            configuration.udpTimeoutMilliseconds = max(1, Int((seconds * 1_000).rounded()))
            return []
        }
        try declare("setUDPRetries") { [unowned self] (arguments, _) throws(ArgumentError) in
            guard let count = arguments[0].asNumber, count == 0 || count == 1 else {
                throw arguments.wrong(0, "count", "0 or 1: how many other servers are asked")
            }
            configuration.retriesOverUDP = count == 1
            return []
        }
        try declare("setUDPSegmentation") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.segmentsUDP = try arguments.boolean(0, "value")
            return []
        }
        // The first spelling is dnsdist's own, before its 2.0.
        for name in ["setWHashedPertubation", "setWHashedPerturbation"] {
            try declare(name) { [unowned self] (arguments, _) throws(ArgumentError) in
                configuration.hashPerturbation = UInt32(
                    try arguments.integer(0, "value", in: 0...Int(UInt32.max)))
                return []
            }
        }
    }

    /// `setWeightedBalancingFactor` bounds `wrandom`, `whashed` and `orderedWrandUntag`, the other
    /// `chashed`; 0 is no bound (dnsdist's default).
    private func defineBalancingFactors() throws(LuaError) {
        func factor(_ arguments: Arguments) throws(ArgumentError) -> Double {
            guard let factor = arguments[0].asNumber, factor == 0 || factor >= 1, factor.isFinite
            else { throw arguments.wrong(0, "factor", "0, or a number from 1") }
            return factor
        }
        try declare("setWeightedBalancingFactor") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.weightedBalancingFactor = try factor(arguments)
            return []
        }
        try declare("setConsistentHashingBalancingFactor") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.consistentHashBalancingFactor = try factor(arguments)
            return []
        }
    }

    /// A built-in policy, or what `newServerPolicy` or `newPlannedPolicy` returned.
    private func policy(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> PolicyDeclaration {
        guard case .table(let table) = arguments[index], let name = table["name"].asText else {
            let known = BuiltinPolicy.allCases.map(\.rawValue).joined(separator: ", ")
            throw arguments.wrong(
                index, "policy",
                "one of \(known), or what newServerPolicy or newPlannedPolicy returned")
        }
        if let plan = table["plan"].asFunction {
            return .planned(name: name, function: bind(plan, kind: .plan, name: name))
        }
        if let builtin = BuiltinPolicy(rawValue: name), !isScript(table["policy"]) {
            return .builtin(builtin)
        }
        guard let function = table["policy"].asFunction else {
            throw arguments.wrong(index, "policy", "a policy")
        }
        return .script(name: name, function: bind(function, kind: .policy, name: name))
    }

    /// A Lua function, as opposed to one of ours.
    private func isScript(_ value: LuaValue) -> Bool {
        guard let function = value.asFunction else { return false }
        return vm.location(of: function) != nil
    }

    private func namedPolicy(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> PolicyDeclaration {
        let name = try policyName(arguments, index)
        let function = try arguments.function(index + 1, "policy")
        return .script(name: name, function: bind(function, kind: .policy, name: name))
    }

    private func policyName(_ arguments: Arguments, _ index: Int) throws(ArgumentError) -> String {
        let name = try arguments.text(index, "name")
        guard !name.isEmpty else { throw arguments.wrong(index, "name", "not empty") }
        return name
    }

    private func setPolicy(_ policy: PolicyDeclaration, pool: String) {
        addPool(pool)
        for index in configuration.pools.indices where configuration.pools[index].name == pool {
            configuration.pools[index].policy = policy
        }
    }
}
