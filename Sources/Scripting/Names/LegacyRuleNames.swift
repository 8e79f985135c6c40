// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// The short forms that dnsdist removed in its 1.3; each was one `addAction`.
extension Evaluation {
    func defineLegacyRuleNames() throws(LuaError) {
        // It answered ANY over UDP with TC=1.
        try declare("addAnyTCRule") { [unowned self] (_, call) throws(ArgumentError) in
            addRule(
                .and([.queryType(255), .overTCP(false)]), .truncate, name: "addAnyTCRule",
                at: location(of: call))
            return []
        }
        try defineShortForm("addPoolRule") { [unowned self] (arguments, _) throws(ArgumentError) in
            let pool = try arguments.text(1, "pool")
            addPool(pool)
            return .pool(pool)
        }
        try defineShortForm("addDomainBlock") { (_, _) throws(ArgumentError) in .drop }
        try defineShortForm("addDomainSpoof") {
            [unowned self] (arguments, location) throws(ArgumentError) in
            try spoof(arguments, from: 1, at: location)
        }
        try defineShortForm("addDomainCNAMESpoof") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            .spoofAlias(try wireName(arguments[1], call: arguments.call, name: "cname"))
        }
        try defineShortForm("addQPSLimit") { (arguments, _) throws(ArgumentError) in
            let rate = try arguments.integer(1, "qps", in: Self.queryRates)
            return .dropAbove(QueryRateLimit(perSecond: rate, burst: rate))
        }
        try defineShortForm("addQPSPoolRule") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            let rate = try arguments.integer(1, "qps", in: Self.queryRates)
            let pool = try arguments.text(2, "pool")
            addPool(pool)
            return .poolWithin(QueryRateLimit(perSecond: rate, burst: rate), pool: pool)
        }
        try defineShortForm("addDelay") { (arguments, _) throws(ArgumentError) in
            .delay(
                milliseconds: try arguments.integer(1, "milliseconds", in: Self.delayMilliseconds))
        }
        try defineShortForm("addNoRecurseRule") { (_, _) throws(ArgumentError) in .noRecurse }
        try defineShortForm("addDisableValidationRule") { (_, _) throws(ArgumentError) in
            .disableValidation
        }
    }

    /// A function whose first argument selects and whose others are those of one action.
    private func defineShortForm(
        _ name: String,
        _ body: @escaping (Arguments, SourceLocation) throws(ArgumentError) -> Action
    ) throws(LuaError) {
        try declare(name) { [unowned self] (arguments, call) throws(ArgumentError) in
            let place = location(of: call)
            addRule(
                try selector(arguments, 0), try body(arguments, place), name: name, at: place)
            return []
        }
    }
}
