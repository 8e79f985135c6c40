// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `announce`.
extension Evaluation {
    static let announcementKeys =
        [
            "prefix", "prefixes", "when", "rule", "neighbors", "whenDown", "reannounceDelay",
            "requireAddress", "address", "name", "watchdog", "startsWithdrawn",
        ] + AttributeReader.keys

    static let reannounceDelayKeys = ["first", "step", "max", "halfLife"]

    /// Prefixes of one `announce`; a node that announces more is a router.
    private static let prefixesMax = 1_000

    func defineAnnouncementNames() throws(LuaError) {
        try declare("announce") { [unowned self] (arguments, call) throws(ArgumentError) in
            let first = configuration.announcements.count
            try announce(arguments.table(0, "its argument"), at: location(of: call))
            return [ObjectKind.announcement.handle(first)]
        }
        try declare("setAllowedPrefixes") { [unowned self] (arguments, _) throws(ArgumentError) in
            try setAllowedPrefixes(arguments)
            return []
        }
        try declare("setMaxReloadWithdraws") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            guard let share = arguments[0].asNumber, (0...1).contains(share) else {
                throw arguments.wrong(0, "share", "from 0 to 1")
            }
            configuration.reloadWithdrawShareMax = share
            return []
        }
        try defineKind(.announcement, fields: ["name", "prefix"]) {
            [unowned self] (ordinal, field) in
            let announcement = configuration.announcements[ordinal]
            return .text(
                field == "name" ? announcement.name : announcement.prefix.description)
        }
    }

    /// Judged when the whole file was read, so that it may stand anywhere in it; for the default
    /// routes it must stand before.
    private func setAllowedPrefixes(_ arguments: Arguments) throws(ArgumentError) {
        guard configuration.allowedPrefixes.prefixes == nil else {
            throw ArgumentError("setAllowedPrefixes: it was called before; name all in one list")
        }
        let values: [LuaValue] =
            if case .table(let list) = arguments[0] { list.array } else { [arguments[0]] }
        var prefixes: [IPPrefix] = []
        for value in values {
            guard let text = value.text else {
                throw arguments.wrong(0, "prefixes", "a list of prefixes")
            }
            prefixes.append(
                try AddressText.prefix(text, call: "setAllowedPrefixes", name: "prefixes"))
        }
        configuration.allowedPrefixes = AllowedPrefixes(prefixes)
    }

    private func announce(
        _ table: LuaTable, at location: SourceLocation
    ) throws(ArgumentError) {
        let keys = try KeyReader(call: "announce", table: table, known: Self.announcementKeys)
        let prefixes = try announcedPrefixes(keys)
        let name = try keys.text("name") ?? prefixes[0].description
        let watchdog = try watchdog(keys)
        let condition: AnnounceCondition
        if let watchdog {
            condition = watchdog.condition
        } else {
            condition = try self.condition(keys, at: location)
        }
        let rule = try keys.function("rule").map { bind($0, kind: .rule, name: name) }
        if condition == .ruleAlone, rule == nil {
            throw ArgumentError(
                "announce: say when: a check, a list of checks, the word \"always\", or a rule")
        }
        var attributes = RouteAttributes()
        try AttributeReader(call: "announce", keys: keys).read(into: &attributes)
        let whenDown = try whenDown(keys, up: attributes)
        var announcement = AnnouncementDeclaration(
            prefix: prefixes[0], condition: condition, name: name, location: location)
        announcement.rule = rule
        announcement.attributes = attributes
        announcement.whenDown = whenDown
        announcement.neighbors = try neighborKeys(keys)
        announcement.watchdog = watchdog
        announcement.reannounceDelay = try reannounceDelay(keys, isWatched: watchdog != nil)
        for prefix in prefixes {
            // All else is shared between them, however many they are.
            announcement.prefix = prefix
            announcement.requiredAddress = try requiredAddress(keys, prefix)
            configuration.announcements.append(announcement)
        }
    }

    private func announcedPrefixes(_ keys: KeyReader) throws(ArgumentError) -> [IPPrefix] {
        guard keys.has("prefix") != keys.has("prefixes") else {
            throw ArgumentError(
                keys.has("prefix")
                    ? "announce: give prefix or prefixes, not both" : "announce: prefix is missing")
        }
        let key = keys.has("prefix") ? "prefix" : "prefixes"
        let texts = try keys.texts(key) ?? []
        guard (1...Self.prefixesMax).contains(texts.count) else {
            throw keys.wrong(key, "from 1 to \(Self.prefixesMax) prefixes")
        }
        var prefixes: [IPPrefix] = []
        for text in texts {
            let prefix = try AddressText.prefix(text, call: "announce", name: key)
            try validate(prefix, text)
            prefixes.append(prefix)
        }
        return prefixes
    }

    private func validate(_ prefix: IPPrefix, _ text: String) throws(ArgumentError) {
        if prefix.length == 0, let refusal = configuration.allowedPrefixes.refusal(of: prefix) {
            throw ArgumentError("announce: \(prefix) \(refusal)")
        }
        let address = text.split(separator: "/").first.flatMap { IPAddress($0) }
        if let address, address != prefix.address {
            throw ArgumentError(
                "announce: \(text) has host bits set; write \(prefix), or"
                    + " \(IPPrefix(host: address)) for the one address")
        }
        if address?.isMulticast == true || address?.isLoopback == true
            || address?.isLinkLocal == true
        {
            throw ArgumentError("announce: \(prefix) is no unicast prefix that routers carry")
        }
    }

    private func condition(
        _ keys: KeyReader, at location: SourceLocation
    ) throws(ArgumentError) -> AnnounceCondition {
        let value = keys["when"]
        if value.isNil {
            // `when = resovler`, misspelt, is nil in Lua: nothing distinguishes it from no key.
            return .ruleAlone
        }
        if value == .text("always") { return .always }
        let values: [LuaValue] = if case .table(let list) = value { list.array } else { [value] }
        guard !values.isEmpty else { throw keys.wrong("when", "a check or a list of checks") }
        var names: [String] = []
        for value in values {
            let name = try checkName(value, call: "announce", key: "when")
            pendingConditions.append(PendingCondition(check: name, location: location))
            if !names.contains(name) { names.append(name) }
        }
        return .checks(names)
    }

    private func whenDown(
        _ keys: KeyReader, up: RouteAttributes
    ) throws(ArgumentError) -> WhenDown {
        switch keys["whenDown"] {
        case .nil, .text("withdraw"): return .withdraw
        case .table(let table):
            let reader = try KeyReader(
                call: "announce: whenDown", table: table, known: AttributeReader.keys)
            var attributes = up
            try AttributeReader(call: "announce: whenDown", keys: reader).read(into: &attributes)
            // Without a MED a route is the best of all (RFC 4271 §9.1.2.2 c): down would win.
            guard attributes.med == nil || up.med != nil else {
                throw ArgumentError(
                    "announce: whenDown has a med, so med must be set for up as well"
                        + " (no MED counts as 0, the best)")
            }
            return .attributes(attributes)
        default: throw keys.wrong("whenDown", "\"withdraw\" or a table of attributes")
        }
    }

    private func neighborKeys(_ keys: KeyReader) throws(ArgumentError) -> [NeighborKey]? {
        let value = keys["neighbors"]
        guard !value.isNil else { return nil }
        let values: [LuaValue] = if case .table(let list) = value { list.array } else { [value] }
        var found: [NeighborKey] = []
        for value in values {
            if let ordinal = ObjectKind.neighbor.ordinal(of: value) {
                found.append(configuration.neighbors[ordinal].key)
                continue
            }
            let known = configuration.neighbors.first {
                $0.key.description == value.asText
                    || $0.key.endpoint.address.description == value.asText
            }
            guard let known else {
                throw ArgumentError(
                    "announce: neighbors: \(value.words) is not a neighbor declared above")
            }
            found.append(known.key)
        }
        var seen: Set<NeighborKey> = []
        found = found.filter { seen.insert($0).inserted }
        guard !found.isEmpty else { throw keys.wrong("neighbors", "a list that is not empty") }
        return found
    }

    /// What a helper says of a route, by the name of a watchdog.
    private func watchdog(_ keys: KeyReader) throws(ArgumentError) -> WatchdogDeclaration? {
        guard let name = try keys.text("watchdog") else {
            guard !keys.has("startsWithdrawn") else {
                throw ArgumentError("announce: startsWithdrawn needs watchdog")
            }
            return nil
        }
        guard !name.isEmpty, !keys.has("when") else {
            throw keys.wrong("watchdog", "a name, in place of when")
        }
        return WatchdogDeclaration(
            name: name, startsWithdrawn: try keys.boolean("startsWithdrawn") ?? false)
    }

    private func reannounceDelay(
        _ keys: KeyReader, isWatched: Bool
    ) throws(ArgumentError) -> ReannounceDelay {
        var delay = ReannounceDelay()
        // What a program says of it counts at once, as with ExaBGP.
        if isWatched { delay.stepSeconds = 0 }
        switch keys["reannounceDelay"] {
        case .nil: break
        case .table(let table):
            let reader = try KeyReader(
                call: "announce: reannounceDelay", table: table,
                known: Self.reannounceDelayKeys)
            delay.firstSeconds = try reader.seconds("first") ?? delay.firstSeconds
            delay.stepSeconds = try reader.seconds("step") ?? delay.stepSeconds
            delay.maxSeconds = try reader.seconds("max") ?? delay.maxSeconds
            delay.halfLifeSeconds = try reader.seconds("halfLife") ?? delay.halfLifeSeconds
        default:
            throw keys.wrong("reannounceDelay", "a table of first, step, max and halfLife")
        }
        return delay
    }

    private func requiredAddress(
        _ keys: KeyReader, _ prefix: IPPrefix
    ) throws(ArgumentError) -> IPAddress? {
        let address = try keys.address("address")
        if try keys.boolean("requireAddress") == false { return nil }
        if let address { return address }
        guard prefix.isHost else {
            throw ArgumentError(
                "announce: \(prefix) is not one host's: say with address = … which address must be"
                    + " on this host, or requireAddress = false")
        }
        return prefix.address
    }
}
