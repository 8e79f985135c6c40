// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// A method of a match object.
typealias MatchMethod<Object> = (Object, Arguments) throws(ArgumentError) -> [LuaValue]

/// Match objects as scripts make and call them; `newQPSLimiter`, the simplest.
extension Evaluation {
    func defineMatchNames() throws(LuaError) {
        try defineNameMatchNames()
        try defineNetmaskNames()
        try defineLimiterNames()
    }

    /// Makes an object: while the file is read, and later in control's scripts. Later the plane's
    /// could not share what they make, and a query would make one each time.
    func makeMatch<Object>(
        _ kind: ObjectKind, _ object: Object,
        _ table: WritableKeyPath<MatchObjects, MatchTable<Object>>, _ call: String
    ) throws(ArgumentError) -> LuaValue {
        guard isLoading || role == .control else {
            throw ArgumentError(
                "\(call): only while the configuration is read, and in maintenance()")
        }
        let ordinal = matchObjects[keyPath: table].add(object) { ordinal in
            vm.holds(LuaObject(kind: kind.rawValue, id: UInt32(ordinal)))
        }
        return kind.handle(ordinal)
    }

    func matchMethod<Object>(
        _ kind: ObjectKind, _ table: KeyPath<MatchObjects, MatchTable<Object>>, _ name: String,
        _ body: @escaping MatchMethod<Object>
    ) -> HostFunction {
        { [unowned self] call in
            defer { call.releaseFunctions() }
            guard let receiver = call.receiver, receiver.kind == kind.rawValue,
                let object = matchObjects[keyPath: table][Int(receiver.id)]
            else { return .raised("\(name): this \(kind.name) is gone") }
            return Self.run(
                name,
                { (arguments, _) throws(ArgumentError) in
                    try body(object, arguments)
                }, &call)
        }
    }

    private func defineLimiterNames() throws(LuaError) {
        try define("newQPSLimiter") { [unowned self] (arguments, _) throws(ArgumentError) in
            let rate = try arguments.integer(0, "rate", in: 1...Self.limiterRateMax)
            let burst = try arguments.integer(1, "burst", in: 1...Self.limiterRateMax)
            return [
                try makeMatch(
                    .queryRateLimiter, QueryRateLimiter(perSecond: rate, burst: burst), \.limiters,
                    arguments.call)
            ]
        }
        let check = matchMethod(.queryRateLimiter, \.limiters, "check") {
            (limiter, _) throws(ArgumentError) in
            [.boolean(limiter.check())]
        }
        try defineKind(.queryRateLimiter, methods: ["check": check])
    }

    /// More queries a second than a host forwards; what dnsdist's int holds.
    private static let limiterRateMax = Int(Int32.max)
}
