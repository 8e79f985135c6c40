// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `targets` and `targetsUp` of `newCheck`, and which server has the verdict of which target.
extension Evaluation {
    /// Targets of one check. Each has runs of its own: with more, several checks say better what
    /// belongs together.
    private static let targetsMax = 1_000
    private static let targetLengthMax = 200

    func readTargets(
        _ keys: KeyReader, into check: inout CheckDeclaration
    ) throws(ArgumentError) {
        guard keys.has("targets") else {
            guard !keys.has("targetsUp") else {
                throw ArgumentError("newCheck: targetsUp says something about targets only")
            }
            return
        }
        let wanted = "a list of texts, or a table of texts by name"
        guard case .table(let table) = keys["targets"] else { throw keys.wrong("targets", wanted) }
        var targets: [CheckTarget] = []
        for value in table.array {
            let text = try targetText(value)
            targets.append(CheckTarget(name: text, text: text))
        }
        for field in table.fields {
            guard let name = field.key.text, !name.isEmpty else {
                throw ArgumentError("newCheck: targets: \(field.key.words) is no name of a target")
            }
            targets.append(CheckTarget(name: name, text: try targetText(field.value)))
        }
        guard (1...Self.targetsMax).contains(targets.count) else {
            throw ArgumentError("newCheck: targets must be 1 to \(Self.targetsMax) texts")
        }
        var seen: Set<String> = []
        for target in targets where !seen.insert(target.name).inserted {
            throw ArgumentError("newCheck: targets: '\(target.name)' is there twice")
        }
        check.targets = targets
        check.targetsUp = try targetsUp(keys, of: targets.count)
    }

    private func targetText(_ value: LuaValue) throws(ArgumentError) -> String {
        // A server stands for its address.
        if case .object(let object) = value,
            object.kind == ObjectKind.server.rawValue || object.kind == LuaObject.planeServerKind
        {
            return configuration.servers[Int(object.id)].address.description
        }
        guard let text = value.asText, !text.isEmpty, text.utf8.count <= Self.targetLengthMax
        else {
            throw ArgumentError(
                "newCheck: targets must hold texts of 1 to \(Self.targetLengthMax) bytes, or"
                    + " servers, not \(value.words)")
        }
        return text
    }

    private func targetsUp(_ keys: KeyReader, of count: Int) throws(ArgumentError) -> TargetsUp {
        switch keys["targetsUp"] {
        case .nil, .text("all"): return .all
        case .text("any"): return .any
        case let value:
            guard let number = value.asInteger, (1...count).contains(number) else {
                throw keys.wrong("targetsUp", "\"all\", \"any\" or a number from 1 to \(count)")
            }
            return .count(number)
        }
    }

    // MARK: Servers

    /// Finds, for every server behind a check with targets, the one that is the server's address.
    /// Called when every check is known.
    func resolveServerTargets() {
        for ordinal in configuration.servers.indices {
            let server = configuration.servers[ordinal]
            let check = configuration.checks.first { $0.name == server.check }
            guard let check, !check.targets.isEmpty else { continue }
            let target = Self.target(of: server.address, among: check.targets)
            configuration.servers[ordinal].checkTarget = target?.name
            if target == nil {
                warn(
                    "newServer: no target of check '\(check.name)' is \(server.address): the server"
                        + " has the verdict of the check as a whole",
                    at: server.location)
            }
        }
    }

    /// The target that is the address with its port, else one that is the address and has no port.
    private static func target(
        of address: Endpoint, among targets: [CheckTarget]
    ) -> CheckTarget? {
        targets.first { Endpoint($0.text, defaultPort: 53) == address }
            ?? targets.first { IPAddress($0.text) == address.address }
    }
}
