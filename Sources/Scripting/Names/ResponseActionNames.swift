// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Actions on answers, under their names of every dnsdist release.
extension Evaluation {
    func defineResponseActionNames() throws(LuaError) {
        try defineResponseDecisions()
        try defineResponseChanges()
        try defineLimits()
        try defineResponseActionsWithoutEffect()
    }

    private func defineResponseAction(
        _ names: [String], _ body: @escaping (Arguments) throws(ArgumentError) -> ResponseAction
    ) throws(LuaError) {
        for name in names {
            try define(name) { [unowned self] (arguments, _) throws(ArgumentError) in
                newResponseAction(try body(arguments))
            }
        }
    }

    func newResponseAction(_ action: ResponseAction) -> [LuaValue] {
        responseActions.append(action)
        return [ObjectKind.responseAction.handle(responseActions.count - 1)]
    }

    private func defineResponseDecisions() throws(LuaError) {
        try defineResponseAction(["AllowResponseAction"]) { (_) throws(ArgumentError) in .allow }
        try defineResponseAction(["DropResponseAction"]) { (_) throws(ArgumentError) in .drop }
        try defineResponseAction(["TCResponseAction"]) { (_) throws(ArgumentError) in .truncate }
        try defineResponseAction(["LuaResponseAction"]) {
            [unowned self] (arguments) throws(ArgumentError) in
            .script(try responseFunction(arguments, 0))
        }
    }

    private func defineResponseChanges() throws(LuaError) {
        try defineResponseAction(["DelayResponseAction"]) { (arguments) throws(ArgumentError) in
            .delay(
                milliseconds: try arguments.integer(0, "milliseconds", in: Self.delayMilliseconds))
        }
        try defineResponseAction(["LogResponseAction"]) { (arguments) throws(ArgumentError) in
            var target = LogTarget(
                path: arguments.has(0) ? try arguments.text(0, "filename") : "")
            target.appends = try arguments.boolean(1, "append", default: false)
            _ = try arguments.boolean(2, "buffered", default: true)
            target.isVerboseOnly = try arguments.boolean(3, "verboseOnly", default: true)
            target.includesTime = try arguments.boolean(4, "includeTimestamp", default: false)
            return .log(target)
        }
        try defineResponseAction(["SetTagResponseAction", "TagResponseAction"]) {
            (arguments) throws(ArgumentError) in
            .setTag(name: try arguments.text(0, "name"), value: try arguments.text(1, "value"))
        }
        try defineResponseAction(["SetSkipCacheResponseAction"]) { (_) throws(ArgumentError) in
            .skipCache
        }
        try defineResponseAction(["ClearRecordTypesResponseAction"]) {
            (arguments) throws(ArgumentError) in
            let types = try Self.queryTypes(arguments, 0)
            guard !types.isEmpty else { throw arguments.wrong(0, "types", "at least one type") }
            return .clearRecordTypes(types)
        }
    }

    private func defineLimits() throws(LuaError) {
        try defineResponseAction(["LimitTTLResponseAction"]) { (arguments) throws(ArgumentError) in
            let least = try arguments.integer(0, "min", in: Self.ttls)
            let most = try arguments.integer(1, "max", in: Self.ttls, default: Self.ttls.upperBound)
            guard least <= most else {
                throw ArgumentError("\(arguments.call): min \(least) is more than max \(most)")
            }
            return .limitTTL(
                min: UInt32(least), max: UInt32(most),
                types: arguments.has(2) ? try Self.queryTypes(arguments, 2) : [])
        }
        try defineResponseAction(["SetMaxTTLResponseAction"]) { (arguments) throws(ArgumentError) in
            .limitTTL(
                min: 0, max: UInt32(try arguments.integer(0, "max", in: Self.ttls)), types: [])
        }
        try defineResponseAction(["SetMinTTLResponseAction"]) { (arguments) throws(ArgumentError) in
            .limitTTL(
                min: UInt32(try arguments.integer(0, "min", in: Self.ttls)),
                max: UInt32(Self.ttls.upperBound), types: [])
        }
    }

    /// One type or a list of them.
    private static func queryTypes(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> Set<UInt16> {
        var values = [arguments[index]]
        if case .table(let list) = arguments[index] { values = list.array }
        var types: Set<UInt16> = []
        for value in values {
            types.insert(try queryType(value, call: arguments.call, name: "types"))
        }
        return types
    }

    /// Actions that change what we have not: the answer goes on as it is.
    private func defineResponseActionsWithoutEffect() throws(LuaError) {
        let names = [
            ("SetReducedTTLResponseAction", "answers go out with their own TTL"),
            ("SetMaxReturnedTTLResponseAction", "answers go out with their own TTL"),
            ("SetExtendedDNSErrorResponseAction", "answers go out without the error's text"),
            ("SetEDNSOptionResponseAction", "answers go out without the option"),
            ("SNMPTrapResponseAction", "no trap is sent"),
        ]
        for (name, instead) in names {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(name, because: instead, at: location(of: call))
                return newResponseAction(.none)
            }
        }
    }
}
