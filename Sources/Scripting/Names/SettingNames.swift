// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// dnsdist's setters of limits and of what happens to answers.
extension Evaluation {
    /// Seconds; a week, as all times of scripts.
    private static let connectionSeconds = 0...604_800
    private static let connectionCounts = 0...65_536
    private static let queryCounts = 0...1_000_000_000
    /// What `StreamLimits` allows, in seconds.
    private static let clientSeconds = 1...300
    /// dnsdist's: identifiers towards one server.
    private static let outstandingCounts = 1...65_535

    func defineSettingNames() throws(LuaError) {
        try defineStreamSettings()
        try defineSetting("setMaxUDPOutstanding", "number", Self.outstandingCounts) {
            $0.udpOutstandingMax = $1
        }
        try defineSetting(
            "setMaxUDPQueueDelay", "milliseconds", DeclaredConfiguration.udpQueueDelayBounds
        ) {
            $0.udpQueueDelayMilliseconds = $1
        }
        try declare("truncateTC") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.stripsTruncatedAnswers = try arguments.boolean(0, "value")
            return []
        }
        try declare("setVerboseHealthChecks") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.logsFailedHealthChecks = try arguments.boolean(0, "value")
            return []
        }
        try defineSetting("setECSSourcePrefixV4", "prefix", 0...32) {
            $0.clientSubnet.bitsV4 = UInt8($1)
        }
        try defineSetting("setECSSourcePrefixV6", "prefix", 0...128) {
            $0.clientSubnet.bitsV6 = UInt8($1)
        }
        try declare("setECSOverride") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.clientSubnet.overrides = try arguments.boolean(0, "value")
            return []
        }
        try declare("fixupCase") { [unowned self] (arguments, call) throws(ArgumentError) in
            if try arguments.boolean(0, "value") {
                warnOnce(
                    "fixupCase", because: "answers keep the case that the server wrote",
                    at: location(of: call))
            }
            return []
        }
    }

    /// dnsdist's 0 is no limit.
    private func defineStreamSettings() throws(LuaError) {
        try defineSetting("setMaxTCPConnectionsPerClient", "max", Self.connectionCounts) {
            $0.streams.connectionsPerClientMax = $1 == 0 ? Self.connectionCounts.upperBound : $1
        }
        try defineSetting("setMaxTCPQueriesPerConnection", "max", Self.queryCounts) {
            $0.streams.queriesPerConnectionMax = $1 == 0 ? nil : $1
        }
        try defineSetting("setMaxTCPConnectionDuration", "max", Self.connectionSeconds) {
            $0.streams.connectionSecondsMax = $1 == 0 ? nil : $1
        }
        try defineSetting("setTCPRecvTimeout", "timeout", Self.clientSeconds) {
            $0.streams.receiveSeconds = $1
        }
        try defineSetting("setTCPSendTimeout", "timeout", Self.clientSeconds) {
            $0.streams.sendSeconds = $1
        }
    }

    private func defineSetting(
        _ name: String, _ argument: String, _ range: ClosedRange<Int>,
        _ set: @escaping (inout DeclaredConfiguration, Int) -> Void
    ) throws(LuaError) {
        try declare(name) { [unowned self] (arguments, _) throws(ArgumentError) in
            set(&configuration, try arguments.integer(0, argument, in: range))
            return []
        }
    }
}
