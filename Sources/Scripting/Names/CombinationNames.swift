// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Probing

/// `check.all`, `check.any`, `check.quorum`: several functions at once within one run.
extension Evaluation {
    func defineCombinationNames(_ slot: RunSlot) throws(LuaError) {
        try vm.define("__pharos.gather", suspending: true) { call in
            defer { call.releaseFunctions() }
            let name = call[0].text ?? "check.all"
            do throws(ArgumentError) {
                guard let branch = slot.current, branch.pendingCall == nil else {
                    throw ArgumentError("\(name): only in a check's run")
                }
                branch.pendingCall = try Self.gatherCall(
                    Arguments(call: name, values: Array(call.arguments.dropFirst())), branch)
                return .suspended
            } catch {
                call.results = [.boolean(false), .text(error.description)]
                return .returned
            }
        }
    }

    /// Arguments: how many must be up (nil: all), and the list.
    private static func gatherCall(
        _ arguments: Arguments, _ branch: CheckBranch
    ) throws(ArgumentError) -> CheckCall {
        let entries = try entries(arguments.table(1, "its argument"), call: arguments.call)
        let needed =
            arguments[0].isNil
            ? entries.count
            : try arguments.integer(0, "the number of those that must be up", in: 1...entries.count)
        let run = branch.run
        guard run.branches.count + entries.count <= CheckRun.branchesMax else {
            throw ArgumentError(
                "\(arguments.call): a run may have \(CheckRun.branchesMax) branches at once")
        }
        let outcomes = try entries.map { (entry) throws(ArgumentError) in
            try outcome(entry.value, entry.label, call: arguments.call)
        }
        // Made when nothing can be wrong any more: a coroutine keeps its function from here on.
        let path = branch.label.isEmpty ? "" : "\(branch.label)/"
        let parts = zip(entries, outcomes).map { entry, outcome -> BranchGather.Part in
            if let outcome { return .outcome(outcome) }
            guard case .function(let function) = entry.value else {
                preconditionFailure("BUG DETECTED: an entry without outcome is a function")
            }
            return .branch(run.branch(function, label: path + entry.label))
        }
        let gather = BranchGather(labels: entries.map(\.label), parts: parts, needed: needed)
        let told = zip(entries, parts).map { entry, part in
            switch part {
            case .branch(let branch):
                CheckTrace.Part(label: entry.label, branchNumber: branch.number, words: "")
            case .outcome(let outcome):
                CheckTrace.Part(label: entry.label, branchNumber: nil, words: outcome.words)
            }
        }
        return CheckCall(
            words: "\(arguments.call) of \(entries.count)", waitsForBranches: true, parts: told
        ) { _, done in gather.begin(done) }
    }

    /// What an entry says already; `nil` for a function, which has to be asked.
    private static func outcome(
        _ value: LuaValue, _ label: String, call: String
    ) throws(ArgumentError) -> CheckOutcome? {
        switch value {
        case .function: return nil
        case .boolean, .table:
            let outcome = CheckVerdict.outcome(of: [value], from: nil)
            if case .error(let fault) = outcome {
                throw ArgumentError("\(call): entry \(label): \(fault.message)")
            }
            return outcome
        case .nil:
            throw ArgumentError("\(call): entry \(label) is nil (is it spelt right?)")
        default:
            throw ArgumentError(
                "\(call): entry \(label) must be a function, not \(value.words)")
        }
    }

    /// The list in its order, then what has a name. A hole is a name that was not spelt right.
    private static func entries(
        _ table: LuaTable, call: String
    ) throws(ArgumentError) -> [(label: String, value: LuaValue)] {
        var entries = table.array.enumerated().map {
            (label: "\($0.offset + 1)", value: $0.element)
        }
        for field in table.fields {
            guard case .string(let name) = field.key else {
                throw ArgumentError(
                    "\(call): entry \(entries.count + 1) is nil (is it spelt right?)")
            }
            entries.append((name.text, field.value))
        }
        guard !entries.isEmpty else { throw ArgumentError("\(call): the list is empty") }
        return entries
    }
}
