// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

extension PharosTranslation {
    /// Makes a check and announcements of a process that runs ExaBGP's healthcheck; false where an
    /// option needs the program itself, which then runs as any process does.
    mutating func runsNatively(
        _ process: ExaBGPProcess, _ arguments: [String], _ neighbors: [NeighborKey],
        _ readFile: (String) -> String?
    ) -> Bool {
        let options: HealthcheckOptions
        do throws(ExaBGPFault) {
            options = try HealthcheckArguments.options(
                arguments, at: process.location, readFile: readFile)
        } catch {
            faults.append(error)
            return true
        }
        if let obstacle = Self.obstacle(to: options) {
            note(
                process.location,
                "process '\(process.name)' runs as a program, not natively: \(obstacle)")
            return false
        }
        let own = process.isNested ? nil : neighbors
        if own?.isEmpty == true {
            note(
                process.location,
                "no neighbor names process '\(process.name)'; it announces nothing")
            return true
        }
        translate(options, name: options.name ?? process.name, at: process.location, own)
        return true
    }

    /// What of these options Pharos does not do.
    static func obstacle(to options: HealthcheckOptions) -> String? {
        let hooks = [
            options.execute, options.upExecute, options.downExecute, options.disabledExecute,
        ]
        if hooks.contains(where: { !$0.isEmpty }) {
            return "it runs commands at changes (--execute)"
        }
        if options.setsUpDynamically { return "it adds addresses itself (--dynamic-ip-setup)" }
        if options.addresses.contains(where: { $0.interface != nil }) {
            return "it adds addresses itself (--ip-ifname)"
        }
        if options.addresses.isEmpty { return "it names no --ip" }
        let sudo = options.processOptions.first { option in
            ["sudo", "user", "group"].contains { option.hasPrefix($0) }
        }
        if let sudo { return "it runs as somebody else (--\(sudo))" }
        return nil
    }

    /// Declares the check, and a route for each of its addresses.
    mutating func translate(
        _ options: HealthcheckOptions, name: String, at place: SourceLocation? = nil,
        _ neighbors: [NeighborKey]? = nil
    ) {
        let location = place ?? options.location
        let isOnce = options.interval == 0
        if !isOnce { addCheck(options, name, location) }
        let targets = chosen(neighbors, options, location)
        var addresses = options.addresses.map(\.prefix)
        if !addresses.isEmpty {
            let first = options.startAddress % addresses.count
            addresses = Array(addresses[first...] + addresses[..<first])
        }
        for (index, prefix) in addresses.enumerated() {
            var fields: [(key: String, value: String)] = [
                ("prefix", LuaText.quoted("\(prefix)")),
                ("when", LuaText.quoted(isOnce ? "always" : name)),
            ]
            let increase = UInt32(index) &* options.increase
            fields += Self.fields(of: attributes(options, options.upMetric &+ increase, .up))
            if !options.withdrawsOnDown, !isOnce {
                fields[1] = ("rule", rule(options, name, increase))
            }
            if let targets { fields.append(("neighbors", LuaText.list(targets))) }
            if options.setsUpAddresses, prefix.isHost {
                noteAddress(prefix, options, location)
            } else {
                fields.append(("requireAddress", "false"))
            }
            fields.append(("reannounceDelay", "{step = 0}"))
            add("announce", fields, at: location)
        }
        if options.pathIdentifier != nil { note(location, "healthcheck: path-id is not sent") }
    }

    private mutating func addCheck(
        _ options: HealthcheckOptions, _ name: String, _ location: SourceLocation
    ) {
        let fast = min(max(0.05, options.fastInterval), options.interval)
        let timeout = min(options.timeout, options.interval)
        var comments: [String] = []
        if timeout < options.timeout {
            comments.append(
                "timeout was \(LuaText.number(options.timeout)) s; runs do not overlap, so it is no"
                    + " longer than the interval.")
        }
        var fields: [(key: String, value: String)] = [
            ("name", LuaText.quoted(name)),
            ("interval", LuaText.number(options.interval)),
            ("fastInterval", LuaText.number(fast)),
            ("timeout", LuaText.number(timeout)),
            ("rise", "\(max(1, options.rise))"), ("fall", "\(max(1, options.fall))"),
        ]
        if let file = options.disableFile {
            fields.append(("disableFile", LuaText.quoted(file)))
        }
        let command = options.command.map {
            "function() local result = exec.shell(\(LuaText.quoted($0)))"
                + " return result.status == 0, \"status \" .. result.status end"
        }
        fields.append(("run", command ?? "function() return true end"))
        add("newCheck", fields, at: location, comments: comments)
    }

    private enum Side {
        case up, down, disabled
    }

    private func attributes(
        _ options: HealthcheckOptions, _ metric: UInt32, _ side: Side
    ) -> RouteAttributes {
        var attributes = RouteAttributes()
        attributes.nextHop = options.nextHop
        attributes.med = metric
        attributes.localPreference = options.localPreference
        let isDown = side != .up && !options.disabledCommunities.isEmpty
        attributes.communities = Set(
            isDown ? options.disabledCommunities : options.communities
        ).sorted()
        attributes.largeCommunities = Set(options.largeCommunities).sorted()
        attributes.extendedCommunities = Set(options.extendedCommunities).sorted()
        let path: [UInt32]? =
            switch side {
            case .up: options.upASPath ?? options.asPath
            case .down: options.downASPath ?? options.asPath
            case .disabled: options.disabledASPath ?? options.asPath
            }
        attributes.asPath = path.map { $0.map { .number($0) } }
        return attributes
    }

    /// Announces in every state, with the metric of each; nothing before the first verdict.
    private func rule(
        _ options: HealthcheckOptions, _ name: String, _ increase: UInt32
    ) -> String {
        func table(_ metric: UInt32, _ side: Side) -> String {
            let fields = Self.fields(of: attributes(options, metric &+ increase, side))
            return "{\(fields.map { "\($0.key) = \($0.value)" }.joined(separator: ", "))}"
        }
        let check = "node.checks[\(LuaText.quoted(name))]"
        return """
            (function() local last = false return function(node)
                if \(check).up then last = \(table(options.upMetric, .up))
                elseif \(check).state == "disabled" then last = \(table(options.disabledMetric, .disabled))
                elseif \(check).state == "down" then last = \(table(options.downMetric, .down)) end
                return last
              end end)()
            """
    }

    private mutating func chosen(
        _ neighbors: [NeighborKey]?, _ options: HealthcheckOptions, _ location: SourceLocation
    ) -> [String]? {
        guard !options.neighbors.isEmpty else { return neighbors.map { $0.map { "\($0)" } } }
        guard let neighbors else { return options.neighbors.map { "\($0)" } }
        let named = neighbors.filter { options.neighbors.contains($0.endpoint.address) }
        guard named.isEmpty else { return named.map { "\($0)" } }
        fault(location, "healthcheck: --neighbor names none of the neighbors that name the process")
        return []
    }

    private mutating func noteAddress(
        _ prefix: IPPrefix, _ options: HealthcheckOptions, _ location: SourceLocation
    ) {
        note(
            location,
            "healthcheck adds \(prefix.address) to the loopback interface itself; Pharos announces"
                + " it while it is on this host")
    }
}
