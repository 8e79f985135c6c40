// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Turns options, wherever they were given, into their meaning; the last one of a name holds.
struct HealthcheckReader {
    private var options: HealthcheckOptions
    private var location: SourceLocation

    static func read(
        _ given: [HealthcheckArguments.Option], at location: SourceLocation
    ) throws(ExaBGPFault) -> HealthcheckOptions {
        var reader = HealthcheckReader(
            options: HealthcheckOptions(location: location), location: location)
        for option in given {
            reader.location = option.location
            if let value = option.value {
                try reader.set(option.name, value)
            } else {
                reader.raise(option.name)
            }
        }
        return reader.options
    }

    private mutating func raise(_ flag: String) {
        switch flag {
        case "no-ack": options.acknowledges = false
        case "deaggregate-networks": options.deaggregates = true
        case "no-ip-setup": options.setsUpAddresses = false
        case "dynamic-ip-setup": options.setsUpDynamically = true
        case "label-exact-match": options.labelIsExact = true
        case "withdraw-on-down": options.withdrawsOnDown = true
        case "debounce": options.debounces = true
        default: options.processOptions.append(flag)
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(ExaBGPFault) {
        var isKnown = try setCheck(name, value)
        if !isKnown { isKnown = try setRoute(name, value) }
        if !isKnown { isKnown = try setLists(name, value) }
        if !isKnown { options.processOptions.append("\(name) \(value)") }
    }

    private mutating func setCheck(
        _ name: String, _ value: String
    ) throws(ExaBGPFault) -> Bool {
        switch name {
        case "name": options.name = value
        case "interval": options.interval = try seconds(name, value, least: 0)
        case "fast-interval": options.fastInterval = try seconds(name, value, least: 0)
        case "timeout": options.timeout = try seconds(name, value, least: 0.001)
        case "rise": options.rise = Int(try number(name, value, in: 0...1_000_000))
        case "fall": options.fall = Int(try number(name, value, in: 0...1_000_000))
        case "disable": options.disableFile = value
        case "command": options.command = value
        case "execute": options.execute.append(value)
        case "up-execute": options.upExecute.append(value)
        case "down-execute": options.downExecute.append(value)
        case "disabled-execute": options.disabledExecute.append(value)
        default: return false
        }
        return true
    }

    private mutating func setRoute(
        _ name: String, _ value: String
    ) throws(ExaBGPFault) -> Bool {
        switch name {
        case "next-hop":
            if value.lowercased() == "self" {
                options.nextHop = .`self`
            } else {
                options.nextHop = .address(try address(name, value))
            }
        case "ip": options.addresses.append(.init(prefix: try prefix(value), interface: nil))
        case "ip-ifname":
            let parts = value.split(separator: "%", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw wrong(name, value, "192.0.2.53/32%eth0")
            }
            options.addresses.append(
                .init(prefix: try prefix(String(parts[0])), interface: String(parts[1])))
        case "label": options.label = value
        case "start-ip": options.startAddress = Int(try number(name, value, in: 0...1_000_000))
        case "up-metric": options.upMetric = try metric(name, value)
        case "down-metric": options.downMetric = try metric(name, value)
        case "disabled-metric": options.disabledMetric = try metric(name, value)
        case "increase": options.increase = try metric(name, value)
        case "local-preference": options.localPreference = try metric(name, value)
        case "path-id": options.pathIdentifier = try metric(name, value)
        case "neighbor":
            if value == "*" {
                options.neighbors = []
            } else {
                options.neighbors.append(try address(name, value))
            }
        default: return false
        }
        return true
    }

    private mutating func setLists(
        _ name: String, _ value: String
    ) throws(ExaBGPFault) -> Bool {
        let route = RouteReader(file: location.file)
        var words = StatementReader(
            [Word(text: "[", line: location.line)]
                + value.split { $0.isWhitespace || "[],".contains($0) }.map {
                    Word(text: String($0), line: location.line)
                } + [Word(text: "]", line: location.line)],
            file: location.file, line: location.line)
        switch name {
        case "community": options.communities = try route.communities(&words)
        case "disabled-community": options.disabledCommunities = try route.communities(&words)
        case "large-community": options.largeCommunities = try route.largeCommunities(&words)
        case "extended-community":
            options.extendedCommunities = try route.extendedCommunities(&words)
        case "as-path": options.asPath = try path(route, &words)
        case "up-as-path": options.upASPath = try path(route, &words)
        case "down-as-path": options.downASPath = try path(route, &words)
        case "disabled-as-path": options.disabledASPath = try path(route, &words)
        default: return false
        }
        return true
    }

    private func path(
        _ route: RouteReader, _ words: inout StatementReader
    ) throws(ExaBGPFault) -> [UInt32] {
        try route.asPath(&words).flatMap { segment -> [UInt32] in
            if case .sequence(let numbers) = segment { numbers } else { [] }
        }
    }

    // MARK: Values

    private func wrong(_ name: String, _ value: String, _ example: String) -> ExaBGPFault {
        ExaBGPFault(location, "healthcheck: \(name) '\(value)' is not like \(example)")
    }

    private func seconds(
        _ name: String, _ value: String, least: Double
    ) throws(ExaBGPFault) -> Double {
        guard let seconds = Double(value), (least...86_400).contains(seconds) else {
            throw wrong(name, value, "5 or 0.5, at most 86400 seconds")
        }
        return seconds
    }

    private func number(
        _ name: String, _ value: String, in range: ClosedRange<UInt64>
    ) throws(ExaBGPFault) -> UInt64 {
        guard let number = StatementReader.decimal(value), range.contains(number) else {
            throw wrong(name, value, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func metric(_ name: String, _ value: String) throws(ExaBGPFault) -> UInt32 {
        UInt32(try number(name, value, in: 0...UInt64(UInt32.max)))
    }

    private func address(_ name: String, _ value: String) throws(ExaBGPFault) -> IPAddress {
        guard let address = IPAddress(value) else { throw wrong(name, value, "192.0.2.1") }
        return address
    }

    private func prefix(_ value: String) throws(ExaBGPFault) -> IPPrefix {
        var words = StatementReader(
            [Word(text: value, line: location.line)], file: location.file, line: location.line)
        return try RouteReader(file: location.file).prefix(&words, after: "ip")
    }
}
