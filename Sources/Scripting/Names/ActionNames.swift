// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// Actions on queries, under their names of every dnsdist release.
///
/// The first name of a pair is the one since dnsdist 1.6, the second the one before.
extension Evaluation {
    /// A client gives up after some seconds.
    static let delayMilliseconds = 0...60_000

    func defineActionNames() throws(LuaError) {
        try defineDecisions()
        try definePoolActions()
        try defineQueryChanges()
        try defineClientSubnetActions()
        try defineLogActions()
        try defineActionsWithoutEffect()
    }

    func defineAction(
        _ names: [String], _ body: @escaping (Arguments) throws(ArgumentError) -> Action
    ) throws(LuaError) {
        for name in names {
            try define(name) { [unowned self] (arguments, _) throws(ArgumentError) in
                newAction(try body(arguments))
            }
        }
    }

    func newAction(_ action: Action) -> [LuaValue] {
        actions.append(action)
        return [ObjectKind.action.handle(actions.count - 1)]
    }

    private func defineDecisions() throws(LuaError) {
        try defineAction(["AllowAction"]) { (_) throws(ArgumentError) in .allow }
        try defineAction(["DropAction"]) { (_) throws(ArgumentError) in .drop }
        try defineAction(["TCAction"]) { (_) throws(ArgumentError) in .truncate }
        try defineAction(["NoneAction"]) { (_) throws(ArgumentError) in .none }
        try defineAction(["LuaAction"]) { [unowned self] (arguments) throws(ArgumentError) in
            .script(try queryFunction(arguments, 0))
        }
        try define("ContinueAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            newAction(
                continued(try action(arguments, 0), arguments.call, at: location(of: call)))
        }
        try defineAction(["QPSAction"]) { (arguments) throws(ArgumentError) in
            let rate = try arguments.integer(0, "maxqps", in: Self.queryRates)
            return .dropAbove(QueryRateLimit(perSecond: rate, burst: rate))
        }
    }

    /// What is left of an action whose verdict is ignored: dnsdist does what it does to the query and
    /// goes on with the next rule.
    private func continued(
        _ action: Action, _ call: String, at location: SourceLocation
    ) -> Action {
        switch action {
        case .allow, .drop, .dropAbove: return .none
        case .pool(let pool, _): return .pool(pool, endsChain: false)
        case .poolWithin(let rate, let pool, _):
            return .poolWithin(rate, pool: pool, endsChain: false)
        case .truncate, .responseCode, .extendedResponseCode, .spoofAddresses, .spoofAlias,
            .spoofRaw, .negative, .script:
            warn("\(call): an action that answers ends the rules all the same", at: location)
            return action
        case .setTag, .delay, .log, .noRecurse, .disableValidation, .skipCache,
            .temporaryFailureTTL, .clientSubnet, .none:
            return action
        }
    }

    private func definePoolActions() throws(LuaError) {
        try defineAction(["PoolAction"]) { [unowned self] (arguments) throws(ArgumentError) in
            let pool = try arguments.text(0, "pool")
            addPool(pool)
            return .pool(pool, endsChain: try arguments.boolean(1, "stop", default: true))
        }
        try defineAction(["QPSPoolAction"]) { [unowned self] (arguments) throws(ArgumentError) in
            let rate = try arguments.integer(0, "maxqps", in: Self.queryRates)
            let pool = try arguments.text(1, "pool")
            addPool(pool)
            return .poolWithin(
                QueryRateLimit(perSecond: rate, burst: rate), pool: pool,
                endsChain: try arguments.boolean(2, "stop", default: true))
        }
    }

    private func defineQueryChanges() throws(LuaError) {
        try defineAction(["DelayAction"]) { (arguments) throws(ArgumentError) in
            .delay(
                milliseconds: try arguments.integer(0, "milliseconds", in: Self.delayMilliseconds))
        }
        try defineAction(["SetNoRecurseAction", "NoRecurseAction"]) { (_) throws(ArgumentError) in
            .noRecurse
        }
        try defineAction(["SetDisableValidationAction", "DisableValidationAction"]) {
            (_) throws(ArgumentError) in .disableValidation
        }
        try defineAction(["SetSkipCacheAction", "SkipCacheAction"]) { (_) throws(ArgumentError) in
            .skipCache
        }
        try defineAction(["SetTagAction", "TagAction"]) { (arguments) throws(ArgumentError) in
            .setTag(name: try arguments.text(0, "name"), value: try arguments.text(1, "value"))
        }
        try defineAction(["SetTempFailureCacheTTLAction", "TempFailureCacheTTLAction"]) {
            (arguments) throws(ArgumentError) in
            .temporaryFailureTTL(UInt32(try arguments.integer(0, "ttl", in: Self.ttls)))
        }
    }

    private func defineClientSubnetActions() throws(LuaError) {
        try defineAction(["SetDisableECSAction", "DisableECSAction"]) { (_) throws(ArgumentError) in
            .clientSubnet(.disable)
        }
        try defineAction(["SetECSOverrideAction", "ECSOverrideAction"]) {
            (arguments) throws(ArgumentError) in
            .clientSubnet(.override(try arguments.boolean(0, "override")))
        }
        try defineAction(["SetECSPrefixLengthAction", "ECSPrefixLengthAction"]) {
            (arguments) throws(ArgumentError) in
            .clientSubnet(
                .prefixLengths(
                    v4: try arguments.integer(0, "v4", in: 0...32),
                    v6: try arguments.integer(1, "v6", in: 0...128)))
        }
        try defineAction(["SetECSAction"]) { [unowned self] (arguments) throws(ArgumentError) in
            let v4 = try clientNetwork(arguments, 0, "v4")
            return .clientSubnet(
                .networks(v4: v4, v6: arguments.has(1) ? try clientNetwork(arguments, 1, "v6") : v4)
            )
        }
    }

    private func clientNetwork(
        _ arguments: Arguments, _ index: Int, _ name: String
    ) throws(ArgumentError) -> IPPrefix {
        let text = try arguments.text(index, name)
        guard let network = IPPrefix(text) else {
            throw ArgumentError(
                "\(arguments.call): \(name) is '\(text)', which is no network; write"
                    + " \"192.0.2.0/24\" or \"2001:db8::/56\"")
        }
        return network
    }

    private func defineLogActions() throws(LuaError) {
        try define("LogAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            var target = LogTarget(
                path: arguments.has(0) ? try arguments.text(0, "filename") : "")
            let isBinary = try arguments.boolean(1, "binary", default: true)
            target.appends = try arguments.boolean(2, "append", default: false)
            _ = try arguments.boolean(3, "buffered", default: true)
            target.isVerboseOnly = try arguments.boolean(4, "verboseOnly", default: true)
            target.includesTime = try arguments.boolean(5, "includeTimestamp", default: false)
            if isBinary, !target.path.isEmpty, warnedCalls.insert("LogAction: binary").inserted {
                warn(
                    "LogAction: the file is written as text, not in dnsdist's binary form",
                    at: location(of: call))
            }
            return newAction(.log(target))
        }
    }

    /// Actions that change what we have not: the query goes on without.
    private func defineActionsWithoutEffect() throws(LuaError) {
        let names = [
            ("SetMacAddrAction", "queries go out without the client's MAC address"),
            ("MacAddrAction", "queries go out without the client's MAC address"),
            ("SetEDNSOptionAction", "queries go out without the option"),
            ("SetProxyProtocolValuesAction", "queries go out without the PROXY protocol"),
            ("SetAdditionalProxyProtocolValueAction", "queries go out without the PROXY protocol"),
            ("SetExtendedDNSErrorAction", "answers go out without the error's text"),
            ("SetMaxReturnedTTLAction", "answers go out with their own TTL"),
            ("SetTraceAction", "nothing is traced"),
            ("HTTPStatusAction", "no query comes over HTTPS"),
            ("SNMPTrapAction", "no trap is sent"),
            ("TeeAction", "no copy of a query is sent"),
        ]
        for (name, instead) in names {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(name, because: instead, at: location(of: call))
                return newAction(.none)
            }
        }
    }
}
