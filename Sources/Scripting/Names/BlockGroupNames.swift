// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import LuaRuntime

/// `dynBlockRulesGroup` and the methods that make its rules.
extension Evaluation {
    typealias BlockGroupBody = (BlockGroup, Arguments, HostCall) throws(ArgumentError) -> [LuaValue]

    /// dnsdist's: codes of the header's four bits.
    private static let headerCodes = 0...15
    private static let answerCounts = 0...Int(Int32.max)

    func defineBlockGroups() throws(LuaError) {
        try define("dynBlockRulesGroup") { [unowned self] (arguments, _) throws(ArgumentError) in
            [try makeMatch(.blockGroup, BlockGroup(), \.blockGroups, arguments.call)]
        }
        let text = groupMethod("toString") { (group, _, _) in [.text(group.description)] }
        var methods = rateMethods().merging(ratioMethods()) { one, _ in one }
        methods.merge(exceptionMethods()) { one, _ in one }
        methods.merge(scriptMethods()) { one, _ in one }
        methods["apply"] = groupMethod("apply") {
            [unowned self] (group, arguments, _) throws(ArgumentError) in
            try apply(group, arguments.call)
            return []
        }
        methods["toString"] = text
        try defineKind(.blockGroup, methods: methods, text: text)
    }

    /// Functions among the arguments are released unless the method keeps them while the file is
    /// read.
    func groupMethod(_ name: String, _ body: @escaping BlockGroupBody) -> HostFunction {
        { [unowned self] call in
            defer { if !isLoading { call.releaseFunctions() } }
            guard isLoading || role == .control else {
                return .raised("\(name): only in control's scripts (maintenance())")
            }
            guard let receiver = call.receiver, receiver.kind == ObjectKind.blockGroup.rawValue,
                let group = matchObjects.blockGroups[Int(receiver.id)]
            else { return .raised("\(name): call it with a colon, group:\(name)(…)") }
            return Self.run(
                name,
                { (arguments, call) throws(ArgumentError) in
                    try body(group, arguments, call)
                }, &call)
        }
    }

    // MARK: Rates

    private func rateMethods() -> [String: HostFunction] {
        func method(
            _ name: String, after first: Int,
            _ measure: @escaping (Arguments) throws(ArgumentError) -> BlockRule.Measure
        ) -> HostFunction {
            groupMethod(name) { [unowned self] (group, arguments, _) throws(ArgumentError) in
                let measured = try measure(arguments)
                let limit = try arguments.integer(first, "rate", in: Self.blockRates)
                var rule = try rule(measured, Double(limit), arguments, first + 1)
                rule.action = try blockAction(arguments, first + 4)
                rule.warningLimit = Double(
                    try arguments.integer(first + 5, "warningRate", in: Self.blockRates, default: 0)
                )
                try refuseOptions(arguments, first + 6)
                return try set(rule, in: group, arguments.call)
            }
        }
        return [
            "setQueryRate": method("setQueryRate", after: 0) { _ in .queries },
            "setResponseByteRate": method("setResponseByteRate", after: 0) { _ in .answerBytes },
            "setQTypeRate": method("setQTypeRate", after: 1) { (arguments) throws(ArgumentError) in
                .queryType(
                    try Self.queryType(arguments[0], call: arguments.call, name: "qtype"))
            },
            "setRCodeRate": method("setRCodeRate", after: 1) { (arguments) throws(ArgumentError) in
                .responseCode(UInt16(try arguments.integer(0, "rcode", in: Self.headerCodes)))
            },
        ]
    }

    /// The arguments that all rules share: the window, the reason, and for how long.
    private func rule(
        _ measure: BlockRule.Measure, _ limit: Double, _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> BlockRule {
        BlockRule(
            measure, limit: limit,
            seconds: try arguments.integer(index, "seconds", in: Self.blockSeconds),
            reason: try arguments.text(index + 1, "reason"),
            blockSeconds: try arguments.integer(index + 2, "blockingTime", in: Self.blockSeconds))
    }

    private func set(
        _ rule: BlockRule, in group: BlockGroup, _ call: String
    ) throws(ArgumentError) -> [LuaValue] {
        guard group.rules.set(rule) else {
            throw ArgumentError("\(call): the group has \(BlockRules.rulesMax) rules already")
        }
        return []
    }

    /// dnsdist 2.0's `tagKey` and `tagValue`: tags are what rules set.
    private func refuseOptions(_ arguments: Arguments, _ index: Int) throws(ArgumentError) {
        guard arguments.has(index) else { return }
        throw ArgumentError(
            "\(arguments.call): options (tagKey, tagValue) are not supported: a block sets no tag")
    }

    // MARK: Shares

    private func ratioMethods() -> [String: HostFunction] {
        [
            "setRCodeRatio": groupMethod("setRCodeRatio") {
                [unowned self] (group, arguments, _) throws(ArgumentError) in
                let code = UInt16(try arguments.integer(0, "rcode", in: Self.headerCodes))
                var rule = try rule(
                    .responseCodeRatio(code), try share(arguments, 1, "ratio"), arguments, 2)
                rule.answersMin = try arguments.integer(
                    5, "minimumNumberOfResponses", in: Self.answerCounts)
                rule.action = try blockAction(arguments, 6)
                if arguments.has(7) { rule.warningLimit = try share(arguments, 7, "warningRatio") }
                try refuseOptions(arguments, 8)
                return try set(rule, in: group, arguments.call)
            },
            "setCacheMissRatio": groupMethod("setCacheMissRatio") {
                [unowned self] (group, arguments, _) throws(ArgumentError) in
                var rule = try rule(
                    .cacheMissRatio, try share(arguments, 0, "ratio"), arguments, 1)
                rule.answersMin = try arguments.integer(
                    4, "minimumNumberOfResponses", in: Self.answerCounts)
                rule.hitRatioMin = try share(arguments, 5, "minimumGlobalCacheHitRatio")
                rule.action = try blockAction(arguments, 6)
                if arguments.has(7) { rule.warningLimit = try share(arguments, 7, "warningRatio") }
                try refuseOptions(arguments, 8)
                return try set(rule, in: group, arguments.call)
            },
        ]
    }

    private func share(
        _ arguments: Arguments, _ index: Int, _ name: String
    ) throws(ArgumentError) -> Double {
        guard let share = arguments[index].asNumber, (0...1).contains(share) else {
            throw arguments.wrong(index, name, "a share from 0 to 1")
        }
        return share
    }

    // MARK: Whom rules spare

    private func exceptionMethods() -> [String: HostFunction] {
        func ranges(
            _ name: String, _ change: @escaping (BlockGroup, [IPPrefix]) -> Void
        ) -> HostFunction {
            groupMethod(name) { [unowned self] (group, arguments, _) throws(ArgumentError) in
                change(group, try netmaskEntries(arguments, 0).map(\.prefix))
                return []
            }
        }
        return [
            "excludeRange": ranges("excludeRange") { group, prefixes in
                group.excludedRanges.add(prefixes.map { .init(prefix: $0, matches: true) })
            },
            "includeRange": ranges("includeRange") { group, prefixes in
                group.excludedRanges.add(prefixes.map { .init(prefix: $0, matches: false) })
            },
            "removeRange": ranges("removeRange") { group, prefixes in
                group.excludedRanges.remove(prefixes)
            },
            "excludeDomains": groupMethod("excludeDomains") {
                [unowned self] (group, arguments, _) throws(ArgumentError) in
                group.excludedNames.add(try names(arguments, 0))
                return []
            },
            "setQuiet": groupMethod("setQuiet") { (group, arguments, _) throws(ArgumentError) in
                group.isQuiet = try arguments.boolean(0, "quiet")
                return []
            },
            "setMasks": groupMethod("setMasks") { (group, arguments, _) throws(ArgumentError) in
                let masks = BlockMasks(
                    lengthV4: try arguments.integer(0, "v4", in: 0...32),
                    lengthV6: try arguments.integer(1, "v6", in: 0...128),
                    portBits: try arguments.integer(2, "port", in: 0...16))
                guard masks.portBits == 0 || masks.lengthV4 == 32 else {
                    throw ArgumentError(
                        "setMasks: ports tell clients apart behind one address: with port"
                            + " \(masks.portBits) v4 must be 32, not \(masks.lengthV4)")
                }
                group.rules.masks = masks
                return []
            },
        ]
    }
}
