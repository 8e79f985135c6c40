// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import LuaRuntime

/// What scripts do with a server's own health check: its methods, and `dh` in a `checkFunction`.
extension Evaluation {
    static let healthCheckKeys = ["checkInterval", "checkTimeout", "maxCheckFailures", "rise"]

    // MARK: Methods of servers

    func healthCheckMethods() -> [String: HostFunction] {
        func auto(_ mode: ServerHealthCheck.Mode) -> HostFunction {
            { [unowned self] call in
                let outcome = impose(&call, .auto)
                guard outcome == .returned, let ordinal = ordinal(call) else { return outcome }
                configuration.servers[ordinal].healthCheck.mode = mode
                noteHealthCheck(of: ordinal)
                return .returned
            }
        }
        return [
            "setActiveAuto": auto(.auto), "setLazyAuto": auto(.lazy),
            "getHealthCheckMode": { [unowned self] call in
                guard let ordinal = ordinal(call) else { return .raised("this server is gone") }
                call.results = [.text(configuration.servers[ordinal].healthCheck.modeName)]
                return .returned
            },
            "setHealthCheckParams": { [unowned self] call in
                guard let ordinal = ordinal(call) else { return .raised("this server is gone") }
                guard vm.phase != .plan else { return .raised(Self.planChangesServer) }
                do throws(ArgumentError) {
                    try setHealthCheck(of: ordinal, call)
                    return .returned
                } catch {
                    return .raised(error.description)
                }
            },
        ]
    }

    /// As in dnsdist, 0 changes nothing.
    private func setHealthCheck(of ordinal: Int, _ call: HostCall) throws(ArgumentError) {
        let arguments = Arguments(call: "setHealthCheckParams", values: call.arguments)
        let keys = try KeyReader(
            call: "setHealthCheckParams", table: try arguments.table(0, "its argument"),
            known: Self.healthCheckKeys)
        func number(_ key: String, _ range: ClosedRange<Int>) throws(ArgumentError) -> Int? {
            try keys.integer(key, in: 0...range.upperBound).flatMap { $0 > 0 ? $0 : nil }
        }
        var check = configuration.servers[ordinal].healthCheck
        check.intervalSeconds =
            try number("checkInterval", ServerReader.checkIntervals) ?? check.intervalSeconds
        check.timeoutMilliseconds =
            try number("checkTimeout", ServerReader.checkTimeouts) ?? check.timeoutMilliseconds
        check.failuresMax =
            try number("maxCheckFailures", ServerReader.counts) ?? check.failuresMax
        check.rise = try number("rise", ServerReader.counts) ?? check.rise
        configuration.servers[ordinal].healthCheck = check
        noteHealthCheck(of: ordinal)
    }

    private func noteHealthCheck(of ordinal: Int) {
        if !isLoading { onHealthCheckChange(configuration.servers[ordinal]) }
    }

    // MARK: The header

    func defineHealthCheckHeader() throws(LuaError) {
        func flag(_ path: WritableKeyPath<DNSFlags, Bool>) -> HostFunction {
            { [unowned self] call in
                guard let flags = healthCheckFlags else { return .raised(Self.headerIsGone) }
                call.results = [.boolean(flags[keyPath: path])]
                return .returned
            }
        }
        func setter(
            _ name: String, _ path: WritableKeyPath<DNSFlags, Bool>
        ) -> HostFunction {
            { [unowned self] call in
                guard healthCheckFlags != nil else { return .raised(Self.headerIsGone) }
                guard case .boolean(let isOn) = call[0] else {
                    return .raised("\(name): give true or false")
                }
                healthCheckFlags?[keyPath: path] = isOn
                // As dnsdist does, whatever sense it makes in a query.
                if name == "setTC", isOn, let wants = healthCheckFlags?.recursionDesired {
                    healthCheckFlags?.recursionAvailable = wants
                }
                return .returned
            }
        }
        let flags: [(name: String, path: WritableKeyPath<DNSFlags, Bool>)] = [
            ("RD", \.recursionDesired), ("CD", \.checkingDisabled), ("AA", \.isAuthoritative),
            ("AD", \.isAuthenticData), ("RA", \.recursionAvailable), ("TC", \.isTruncated),
            ("QR", \.isResponse),
        ]
        var methods: [String: HostFunction] = [
            "getID": { _ in
                .raised("dh:getID: the identifier is chosen when the query is sent")
            }
        ]
        for (name, path) in flags {
            methods["get\(name)"] = flag(path)
            methods["set\(name)"] = setter("set\(name)", path)
        }
        try defineKind(.header, LuaKind(name: "dh", methods: methods))
    }

    private static let headerIsGone = "dh is there only while its checkFunction runs"
}
