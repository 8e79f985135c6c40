// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Selectors that ask how, how often and in which state: combinations, transport, header, rates,
/// pools, tags, a script's opinion.
extension Evaluation {
    /// Tokens; far beyond what one machine answers.
    static let queryRates = 0...1_000_000_000
    private static let outstandingCounts = 0...1_000_000_000
    private static let expirationSeconds = 0...86_400

    func defineSelectorNames() throws(LuaError) {
        try defineCombinations()
        try defineHeaderSelectors()
        try defineRateSelectors()
        try defineStateSelectors()
        try defineUnreachableSelectors()
    }

    func defineSelector(
        _ name: String, _ body: @escaping (Arguments) throws(ArgumentError) -> Selector
    ) throws(LuaError) {
        try define(name) { [unowned self] (arguments, _) throws(ArgumentError) in
            selectors.append(try body(arguments))
            return [ObjectKind.selector.handle(selectors.count - 1)]
        }
    }

    private func defineCombinations() throws(LuaError) {
        try defineSelector("AllRule") { (_) throws(ArgumentError) in .all }
        try defineSelector("NotRule") { [unowned self] (arguments) throws(ArgumentError) in
            .not(try selector(arguments, 0))
        }
        try defineSelector("AndRule") { [unowned self] (arguments) throws(ArgumentError) in
            .and(try selectorList(arguments))
        }
        try defineSelector("OrRule") { [unowned self] (arguments) throws(ArgumentError) in
            .or(try selectorList(arguments))
        }
        try defineSelector("makeRule") { [unowned self] (arguments) throws(ArgumentError) in
            try selector(arguments, 0)
        }
    }

    private func defineHeaderSelectors() throws(LuaError) {
        try defineSelector("TCPRule") { (arguments) throws(ArgumentError) in
            .overTCP(try arguments.boolean(0, "tcp"))
        }
        try defineSelector("RDRule") { (_) throws(ArgumentError) in .recursionDesired }
        try defineSelector("DNSSECRule") { (_) throws(ArgumentError) in .dnssecOK }
        try defineSelector("OpcodeRule") { (arguments) throws(ArgumentError) in
            .opcode(UInt8(try arguments.integer(0, "opcode", in: 0...15)))
        }
        try defineSelector("DSTPortRule") { (arguments) throws(ArgumentError) in
            .destinationPort(UInt16(try arguments.integer(0, "port", in: 0...65_535)))
        }
        try defineSelector("EDNSOptionRule") { (arguments) throws(ArgumentError) in
            .ednsOption(UInt16(try arguments.integer(0, "option", in: 0...65_535)))
        }
        try defineSelector("EDNSVersionRule") { (arguments) throws(ArgumentError) in
            .ednsVersionAbove(UInt8(try arguments.integer(0, "version", in: 0...255)))
        }
        try defineSelector("TrailingDataRule") { (_) throws(ArgumentError) in .trailingData }
        try defineSelector("RCodeRule") { (arguments) throws(ArgumentError) in
            .responseCode(UInt8(try arguments.integer(0, "rcode", in: 0...15)))
        }
        try defineSelector("ERCodeRule") { (arguments) throws(ArgumentError) in
            .extendedResponseCode(UInt16(try arguments.integer(0, "rcode", in: 0...4_095)))
        }
    }

    private func defineRateSelectors() throws(LuaError) {
        // It matches what is within the rate: dnsdist's idiom is NotRule(MaxQPSRule(n)).
        try defineSelector("MaxQPSRule") { (arguments) throws(ArgumentError) in
            let rate = try arguments.integer(0, "qps", in: Self.queryRates)
            let burst = try arguments.integer(1, "burst", in: Self.queryRates, default: rate)
            return .not(.queryRateAbove(QueryRateLimit(perSecond: rate, burst: burst)))
        }
        try defineSelector("MaxQPSIPRule") { (arguments) throws(ArgumentError) in
            let rate = try arguments.integer(0, "qps", in: Self.queryRates)
            let burst = try arguments.integer(3, "burst", in: Self.queryRates, default: rate)
            var limit = SourceQueryRateLimit(rate: QueryRateLimit(perSecond: rate, burst: burst))
            limit.lengthV4 = try arguments.integer(
                1, "v4Mask", in: 0...32, default: limit.lengthV4)
            limit.lengthV6 = try arguments.integer(
                2, "v6Mask", in: 0...128, default: limit.lengthV6)
            limit.expirationSeconds = try arguments.integer(
                4, "expiration", in: Self.expirationSeconds, default: limit.expirationSeconds)
            return .sourceQueryRateAbove(limit)
        }
        try defineSelector("ProbaRule") { (arguments) throws(ArgumentError) in
            guard let probability = arguments[0].asNumber, (0...1).contains(probability) else {
                throw arguments.wrong(0, "probability", "from 0 to 1")
            }
            return .probability(probability)
        }
    }

    private func defineStateSelectors() throws(LuaError) {
        try defineSelector("TagRule") { (arguments) throws(ArgumentError) in
            .tag(
                name: try arguments.text(0, "name"),
                value: arguments.has(1) ? try arguments.text(1, "value") : nil)
        }
        try defineSelector("PoolAvailableRule") {
            [unowned self] (arguments) throws(ArgumentError)
            in
            let pool = try arguments.text(0, "pool")
            addPool(pool)
            return .poolAvailable(pool)
        }
        try defineSelector("PoolOutstandingRule") {
            [unowned self] (arguments) throws(ArgumentError) in
            let pool = try arguments.text(0, "pool")
            addPool(pool)
            return .poolOutstandingAbove(
                pool, try arguments.integer(1, "limit", in: Self.outstandingCounts))
        }
        try defineSelector("LuaRule") { [unowned self] (arguments) throws(ArgumentError) in
            .script(try queryFunction(arguments, 0))
        }
    }

    /// Selectors on what queries here cannot have: they match nothing, as in a dnsdist that is asked
    /// over UDP and TCP alone.
    private func defineUnreachableSelectors() throws(LuaError) {
        let names = [
            ("HTTPHeaderRule", "HTTPS"), ("HTTPPathRule", "HTTPS"), ("HTTPPathRegexRule", "HTTPS"),
            ("SNIRule", "TLS"), ("ProxyProtocolValueRule", "the PROXY protocol"),
        ]
        for (name, transport) in names {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(
                    name, because: "no query comes over \(transport), so it matches nothing",
                    at: location(of: call))
                selectors.append(.not(.all))
                return [ObjectKind.selector.handle(selectors.count - 1)]
            }
        }
    }
}
