// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Notes what one evaluation of control's calls, with which keys; `pharos validate` only.
///
/// One that collects goes on behind a call that is refused: the fault is kept, and the script gets an
/// object that takes whatever is done to it. What it then declares is not what the operator wrote,
/// so such an evaluation only ever follows one that failed, and nothing of it is used but its faults.
final class NameSurvey {
    /// The global that stands for what could not be made.
    static let unknownValue = "pharosUnknown"

    let isCollecting: Bool
    /// Calls by path and keys by `CALL.KEY`, where they were first met.
    private(set) var used: [String: SourceLocation] = [:]
    private(set) var withoutEffect: [NameTable.Entry] = []
    private(set) var unknownKeys: [NameTable.Entry] = []
    private(set) var faults: [ScriptFault] = []
    /// What only the whole file shows; it shows too much when a declaration is missing.
    var completionFaults: [ScriptFault] = []
    /// What scripts can reach, by path, before the file runs.
    var globals: Set<String> = []
    /// How many of the script's own `pcall`s surround what runs.
    var protections = 0

    private static let keysByCall = Dictionary(
        KeyLists.byCall.map { ($0.call, $0.keys) }
    ) { first, _ in first }

    init(isCollecting: Bool) {
        self.isCollecting = isCollecting
    }

    func noteCall(_ path: String, _ arguments: [LuaValue], at location: SourceLocation) {
        note(path, at: location)
        for case .table(let table) in arguments { noteKeys(of: path, table, at: location) }
    }

    private func note(_ name: String, at location: SourceLocation) {
        if used[name] == nil { used[name] = location }
    }

    private func noteKeys(of call: String, _ table: LuaTable, at location: SourceLocation) {
        guard let known = Self.keysByCall[call] else { return }
        for field in table.fields {
            guard let key = field.key.text else { continue }
            let name = "\(call).\(key)"
            if known.contains(key) {
                note(name, at: location)
            } else if !unknownKeys.contains(where: { $0.name == name }) {
                let near = NearestName.of(key, among: known)
                unknownKeys.append(
                    NameTable.Entry(
                        name: name, note: near.map { "did you mean '\($0)'?" } ?? "",
                        location: location))
            }
            if case .table(let inner) = field.value { noteKeys(of: name, inner, at: location) }
        }
    }

    func noteWithoutEffect(_ thing: String, _ instead: String, at location: SourceLocation) {
        withoutEffect.append(NameTable.Entry(name: thing, note: instead, location: location))
    }

    /// Whether a refused call is to be kept and passed over. One whose arguments could not be made
    /// is no fault of its own; one that the script guards against is told to the script.
    func passesOver(
        _ arguments: [LuaValue], _ message: String, at location: SourceLocation
    ) -> Bool {
        guard isCollecting, protections == 0 else { return false }
        if !arguments.contains(where: Self.isUnknown) {
            keep(ScriptFault(message: message, location: location))
        }
        return true
    }

    func keep(_ fault: ScriptFault) {
        let isKnown = faults.contains {
            $0.message == fault.message && $0.location == fault.location
        }
        if !isKnown { faults.append(fault) }
    }

    private static func isUnknown(_ value: LuaValue) -> Bool {
        if case .table(let table) = value {
            return table.array.contains(where: isUnknown)
                || table.fields.contains { isUnknown($0.value) }
        }
        return ObjectKind.inert.ordinal(of: value) != nil
    }
}
