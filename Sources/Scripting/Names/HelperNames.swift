// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import ExaBGP
import LuaRuntime

/// `newHelper`, `exabgp` and `healthcheck`: what speaks ExaBGP's language.
extension Evaluation {
    static let helperKeys = [
        "name", "run", "searchPath", "neighbors", "watches", "encoder", "version", "acknowledge",
        "respawn", "onExit", "exitGrace",
    ]
    static let exabgpKeys = ["config", "nativeHealthcheck", "version", "acknowledge"]
    static let healthcheckKeys = ["config"]

    private static let helperNameBytesMax = 100

    func defineHelperNames() throws(LuaError) {
        try declare("newHelper") { [unowned self] (arguments, call) throws(ArgumentError) in
            try newHelper(arguments.table(0, "its argument"), at: location(of: call))
            return []
        }
        try defineTranslator("exabgp") { [unowned self] (table) throws(ArgumentError) in
            try translateExaBGP(table)
        }
        try defineTranslator("healthcheck") { [unowned self] (table) throws(ArgumentError) in
            try translateHealthcheck(table)
        }
    }

    private func newHelper(
        _ table: LuaTable, at location: SourceLocation
    ) throws(ArgumentError) {
        let keys = try KeyReader(call: "newHelper", table: table, known: Self.helperKeys)
        let name = try keys.requiredText("name")
        if let other = configuration.helpers.first(where: { $0.name == name }) {
            throw ArgumentError(
                "newHelper: there is a helper '\(name)' already, at \(other.location)")
        }
        guard name.utf8.count <= Self.helperNameBytesMax else {
            throw keys.wrong("name", "at most \(Self.helperNameBytesMax) bytes")
        }
        let arguments = try keys.texts("run") ?? []
        guard let program = arguments.first, !program.isEmpty,
            !arguments.contains(where: { $0.utf8.contains(0) })
        else {
            throw keys.has("run")
                ? keys.wrong(
                    "run", "a program and its arguments, like {\"/usr/bin/check\", \"-v\"}")
                : keys.missing("run")
        }
        var helper = HelperDeclaration(name: name, arguments: arguments, location: location)
        helper.searchPath = try keys.texts("searchPath") ?? []
        helper.neighbors = try helperNeighbors(keys, "neighbors")
        if case .boolean(true) = keys["watches"] {
            helper.watches = helper.neighbors ?? configuration.neighbors.map(\.key)
        } else if keys["watches"].isTrue {
            helper.watches = try helperNeighbors(keys, "watches") ?? []
        }
        try readManners(keys, into: &helper)
        configuration.helpers.append(helper)
    }

    private func readManners(
        _ keys: KeyReader, into helper: inout HelperDeclaration
    ) throws(ArgumentError) {
        func words<Choice: CaseIterable & RawRepresentable<String>>(_: Choice.Type) -> [String] {
            Choice.allCases.map(\.rawValue)
        }
        let encoder = try keys.word("encoder", of: words(HelperDeclaration.Encoder.self))
        helper.encoder = encoder.flatMap { .init(rawValue: $0) } ?? helper.encoder
        let version = try keys.word("version", of: words(HelperDeclaration.Version.self))
        helper.version = version.flatMap { .init(rawValue: $0) } ?? helper.version
        helper.acknowledges = try keys.boolean("acknowledge") ?? helper.version.acknowledges
        helper.respawns = try keys.boolean("respawn") ?? helper.respawns
        let onExit = try keys.word("onExit", of: words(HelperDeclaration.OnExit.self))
        helper.onExit = onExit.flatMap { .init(rawValue: $0) } ?? helper.onExit
        helper.exitGraceSeconds = try keys.seconds("exitGrace") ?? helper.exitGraceSeconds
    }

    /// `nil` without the key; an empty list is nobody.
    private func helperNeighbors(
        _ keys: KeyReader, _ key: String
    ) throws(ArgumentError) -> [NeighborKey]? {
        let value = keys[key]
        guard !value.isNil else { return nil }
        let values: [LuaValue] = if case .table(let list) = value { list.array } else { [value] }
        var found: [NeighborKey] = []
        for value in values {
            guard let neighbor = neighbor(named: value) else {
                throw ArgumentError(
                    "newHelper: \(key): \(value.words) is not a neighbor declared above")
            }
            if !found.contains(neighbor) { found.append(neighbor) }
        }
        return found
    }

    private func neighbor(named value: LuaValue) -> NeighborKey? {
        if let ordinal = ObjectKind.neighbor.ordinal(of: value) {
            return configuration.neighbors[ordinal].key
        }
        return configuration.neighbors.first {
            $0.key.description == value.asText
                || $0.key.endpoint.address.description == value.asText
        }?.key
    }

    // MARK: Translations

    /// Makes `__pharos.NAME`, from which the prelude makes `NAME`: it returns chunks of Lua, each with
    /// its file, or false and what is wrong.
    private func defineTranslator(
        _ name: String, _ translate: @escaping (LuaTable) throws(ArgumentError) -> PharosTranslation
    ) throws(LuaError) {
        try vm.define("__pharos.\(name)") { [unowned self] call in
            let arguments = Arguments(call: name, values: call.arguments)
            let place = location(of: call)
            if isLoading { survey?.noteCall(name, call.arguments, at: place) }
            do throws(ArgumentError) {
                guard isLoading else {
                    throw ArgumentError("\(name): only while the configuration is read")
                }
                let translation = try translate(try arguments.table(0, "its argument"))
                for note in translation.notes { warn(note.message, at: note.location) }
                let chunks = translation.chunks.flatMap {
                    [LuaValue.text($0.text), .text("@\($0.file)")]
                }
                call.results = [.boolean(true), .table(LuaTable(array: chunks))]
            } catch {
                call.results = [.boolean(false), .text(error.description)]
            }
            return .returned
        }
    }

    private func translateExaBGP(
        _ table: LuaTable
    ) throws(ArgumentError) -> PharosTranslation {
        let keys = try KeyReader(call: "exabgp", table: table, known: Self.exabgpKeys)
        let file = try keys.requiredText("config")
        var options = PharosTranslation.Options()
        options.nativeHealthcheck = try keys.boolean("nativeHealthcheck") ?? true
        options.acknowledges = try keys.boolean("acknowledge")
        let versions = HelperDeclaration.Version.allCases.map(\.rawValue)
        options.version = try keys.word("version", of: versions).flatMap { .init(rawValue: $0) }
        let text = try text(of: file, call: "exabgp")
        do throws(ExaBGPRefusal) {
            return try PharosTranslation(
                try ExaBGPConfiguration(text, file: file), options: options,
                readFile: { [unowned self] in try? self.text(of: $0, call: "exabgp") })
        } catch {
            throw ArgumentError("exabgp: \(error)")
        }
    }

    private func translateHealthcheck(
        _ table: LuaTable
    ) throws(ArgumentError) -> PharosTranslation {
        let keys = try KeyReader(call: "healthcheck", table: table, known: Self.healthcheckKeys)
        let file = try keys.requiredText("config")
        let text = try text(of: file, call: "healthcheck")
        let checks: [HealthcheckOptions]
        do throws(ExaBGPFault) {
            checks = try HealthcheckFile.checks(text, file: file)
        } catch {
            throw ArgumentError("healthcheck: \(error)")
        }
        do throws(ExaBGPRefusal) {
            return try PharosTranslation(checks: checks)
        } catch {
            throw ArgumentError("healthcheck: \(error)")
        }
    }

    private func text(of file: String, call: String) throws(ArgumentError) -> String {
        switch readFile(file) {
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .failure(let message, _): throw ArgumentError("\(call): \(message)")
        }
    }
}
