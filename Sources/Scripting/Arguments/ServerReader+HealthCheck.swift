// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// The keys of `newServer` that say how a server is checked.
extension ServerReader {
    static let checkTimeouts = 1...60_000
    static let checkIntervals = 1...86_400
    /// Results that are remembered, one octet each.
    private static let sampleSizes = 1...100_000
    private static let percents = 0...100

    func readHealthCheck(
        _ keys: KeyReader, into server: inout ServerDeclaration
    ) throws(ArgumentError) {
        try readProbe(keys, into: &server.healthCheck)
        try readVerdict(keys, into: &server.healthCheck)
        try readLazy(keys, into: &server.healthCheck.lazy)
        if let function = try keys.function("checkFunction") {
            server.healthCheck.queryFunction = evaluation.bind(
                function, kind: .check, name: "checkFunction of \(server.identity)")
        }
    }

    private func readProbe(
        _ keys: KeyReader, into check: inout ServerHealthCheck
    ) throws(ArgumentError) {
        if let name = try keys.text("checkName") {
            guard DomainNameText.isValid(name) else { throw keys.wrong("checkName", "a name") }
            check.queryName = name.hasSuffix(".") ? name : name + "."
        }
        if keys.has("checkType") {
            check.queryType = try Evaluation.queryType(
                keys["checkType"], call: "newServer", name: "checkType")
        }
        if keys.has("checkClass") {
            check.queryClass = try Evaluation.queryClass(
                keys["checkClass"], call: "newServer", name: "checkClass")
        }
        // dnsdist's units: milliseconds here, seconds there.
        check.timeoutMilliseconds =
            try keys.integer("checkTimeout", in: Self.checkTimeouts) ?? check.timeoutMilliseconds
        check.intervalSeconds =
            try keys.integer("checkInterval", in: Self.checkIntervals) ?? check.intervalSeconds
        check.checkingDisabled = try keys.boolean("setCD") ?? check.checkingDisabled
        check.overTCP = try keys.boolean("checkTCP") ?? check.overTCP
    }

    private func readVerdict(
        _ keys: KeyReader, into check: inout ServerHealthCheck
    ) throws(ArgumentError) {
        check.failuresMax =
            max(1, try keys.integer("maxCheckFailures", in: Self.counts) ?? check.failuresMax)
        check.rise = max(1, try keys.integer("rise", in: Self.counts) ?? check.rise)
        check.mustResolve = try keys.boolean("mustResolve") ?? check.mustResolve
        if let text = try keys.text("healthCheckMode") {
            check.mode = try Self.word(
                text, "healthCheckMode", among: [.auto, .lazy, .up, .down], \.rawValue)
        }
    }

    private func readLazy(
        _ keys: KeyReader, into lazy: inout LazyHealthCheck
    ) throws(ArgumentError) {
        lazy.sampleSize =
            try keys.integer("lazyHealthCheckSampleSize", in: Self.sampleSizes) ?? lazy.sampleSize
        lazy.sampleCountMin =
            try keys.integer("lazyHealthCheckMinSampleCount", in: Self.sampleSizes)
            ?? lazy.sampleCountMin
        lazy.threshold =
            try keys.integer("lazyHealthCheckThreshold", in: Self.percents) ?? lazy.threshold
        lazy.failedIntervalSeconds =
            try keys.integer("lazyHealthCheckFailedInterval", in: Self.checkIntervals)
            ?? lazy.failedIntervalSeconds
        lazy.usesExponentialBackOff =
            try keys.boolean("lazyHealthCheckUseExponentialBackOff")
            ?? lazy.usesExponentialBackOff
        lazy.backOffSecondsMax =
            try keys.integer("lazyHealthCheckMaxBackOff", in: Self.checkIntervals)
            ?? lazy.backOffSecondsMax
        if let text = try keys.text("lazyHealthCheckMode") {
            lazy.mode = try Self.word(
                text, "lazyHealthCheckMode", among: [.timeoutOnly, .timeoutOrServFail],
                \.rawValue)
        }
    }

    /// One of some words, without regard to case as in dnsdist.
    private static func word<Value>(
        _ text: String, _ key: String, among values: [Value], _ name: (Value) -> String
    ) throws(ArgumentError) -> Value {
        if let value = values.first(where: { name($0).lowercased() == text.lowercased() }) {
            return value
        }
        throw ArgumentError(
            "newServer: \(key) must be one of \(values.map(name).joined(separator: ", ")),"
                + " not '\(text)'"
                + NearestName.suggestion(for: text, among: values.map(name)))
    }
}
