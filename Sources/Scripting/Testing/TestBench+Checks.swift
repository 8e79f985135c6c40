// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health
import LuaRuntime
import Probing

/// `run(check[, options])`, `watch(check[, options])`, `advance(seconds)`.
///
/// The prelude of tests wraps what is defined here under `__test`, so that complaints are placed at
/// the line of the test: each returns true and its value, or false and words.
extension TestBench {
    private static let optionKeys = ["target", "timeout"]
    /// A day of checks each second takes some seconds to play.
    private static let advanceSecondsMax = 86_400.0

    func defineCheckTests() throws(LuaError) {
        try defineRaw("fake") { [unowned self] arguments throws(ArgumentError) in
            let kind = try arguments.text(0, "kind")
            fakes[kind] = arguments[1]
            return .boolean(true)
        }
        try defineRaw("run") { [unowned self] arguments throws(ArgumentError) in
            let subject = try subject(arguments)
            let ended = try play(subject, previous: nil)
            return .table(Self.table(of: ended))
        }
        try defineRaw("watch") { [unowned self] arguments throws(ArgumentError) in
            let subject = try subject(arguments)
            watches.append(TestWatch(subject: subject, nowMilliseconds: prober.nowMilliseconds))
            return .count(watches.count - 1)
        }
        try defineRaw("watched") { [unowned self] arguments throws(ArgumentError) in
            let index = try arguments.integer(0, "watch", in: 0...watches.count)
            guard watches.indices.contains(index) else {
                throw ArgumentError("watch: it belongs to a test that has ended")
            }
            return try watches[index].field(arguments.text(1, "field"))
        }
        try defineRaw("advance") { [unowned self] arguments throws(ArgumentError) in
            guard let seconds = arguments[0].asNumber,
                (0...Self.advanceSecondsMax).contains(seconds)
            else {
                throw arguments.wrong(
                    0, "seconds", "a number from 0 to \(TimeText.number(Self.advanceSecondsMax))")
            }
            try advance(milliseconds: Int((seconds * 1_000).rounded()))
            return .boolean(true)
        }
    }

    func defineRaw(
        _ name: String, _ body: @escaping (Arguments) throws(ArgumentError) -> LuaValue
    ) throws(LuaError) {
        try vm.define("__test.\(name)") { call in
            do throws(ArgumentError) {
                call.results = [
                    .boolean(true), try body(Arguments(call: name, values: call.arguments)),
                ]
            } catch {
                call.results = [.boolean(false), .text(error.description)]
            }
            return .returned
        }
    }

    // MARK: Which check

    /// A check as it is tried: a declared one, or a function with the defaults of `newCheck`.
    struct Subject {
        let declaration: CheckDeclaration
        let index: Int
        let target: String?
    }

    private func subject(_ arguments: Arguments) throws(ArgumentError) -> Subject {
        var target: String?
        var timeout: Int?
        if case .table(let table) = arguments[1] {
            let keys = try KeyReader(call: arguments.call, table: table, known: Self.optionKeys)
            target = try keys.text("target")
            timeout = try keys.milliseconds("timeout", atLeast: 0.001)
        }
        let index = try checkIndex(arguments)
        var declaration = evaluation.configuration.checks[index]
        if let timeout { declaration.timeoutMilliseconds = timeout }
        return Subject(
            declaration: declaration, index: index,
            target: target ?? declaration.targets.first?.text)
    }

    private func checkIndex(_ arguments: Arguments) throws(ArgumentError) -> Int {
        let checks = evaluation.configuration.checks
        if let ordinal = ObjectKind.check.ordinal(of: arguments[0]) { return ordinal }
        if let name = arguments[0].text {
            guard let index = checks.firstIndex(where: { $0.name == name }) else {
                throw ArgumentError(
                    "\(arguments.call): there is no check '\(name)'"
                        + NearestName.suggestion(for: name, among: checks.map(\.name)))
            }
            return index
        }
        let function = try arguments.function(0, "check")
        let name = "check #\(checks.count + 1)"
        let reference = evaluation.bind(function, kind: .check, name: name)
        var declaration = CheckDeclaration(
            name: name, run: reference, disableFile: "", location: reference.location)
        declaration.timeoutMilliseconds = 500
        evaluation.configuration.checks.append(declaration)
        return checks.count
    }

    // MARK: One run

    struct Ended {
        let outcome: Scripting.CheckOutcome
        let calls: [String]
        let seconds: Double
    }

    private var scripts: ControlScripts {
        let scripts = ControlScripts(
            vm: vm, evaluation: evaluation, configuration: evaluation.configuration, slot: slot,
            runners: runners)
        scripts.clock = { [unowned self] in Double(prober.nowMilliseconds) / 1_000 }
        return scripts
    }

    /// Runs a check to its end, letting the time pass that its calls take.
    func play(_ subject: Subject, previous: CheckStateMachine?) throws(ArgumentError) -> Ended {
        let limit = subject.declaration.timeoutMilliseconds
        let began = prober.nowMilliseconds
        let callsBefore = prober.calls.count
        var outcome: Scripting.CheckOutcome?
        let run = scripts.runCheck(
            subject.index,
            context: CheckContext(
                name: subject.declaration.name, target: subject.target,
                previous: previous.map {
                    CheckContext.Previous(isUp: $0.verdict == .up, detail: $0.detail)
                }, deadlineSeconds: Double(limit) / 1_000), prober: prober
        ) { said, _ in
            outcome = said
        }
        while outcome == nil, prober.nowMilliseconds - began < limit {
            let next = min(prober.nextDueMilliseconds ?? began + limit, began + limit)
            pass(milliseconds: max(0, next - prober.nowMilliseconds))
        }
        vm.phase = .load
        if outcome == nil {
            let waiting = run.waitingFor.map { ", waiting for \($0)" } ?? ""
            outcome = .down(
                detail: "no verdict in \(Double(limit) / 1_000) s\(waiting)", isHard: false)
            run.cancel()
        }
        if let problem = fakeProblem {
            fakeProblem = nil
            let place = problem.file.map { "\($0):\(problem.line ?? 1): " } ?? ""
            throw ArgumentError("\(place)\(problem.message)")
        }
        guard let outcome else { preconditionFailure("BUG DETECTED: a run without an outcome") }
        return Ended(
            outcome: outcome, calls: Array(prober.calls.dropFirst(callsBefore)),
            seconds: Double(prober.nowMilliseconds - began) / 1_000)
    }

    static func table(of ended: Ended) -> LuaTable {
        var table = LuaTable([
            "seconds": .number(ended.seconds),
            "calls": .table(LuaTable(array: ended.calls.map { .text($0) })),
            "up": .boolean(false), "score": .number(0), "detail": "", "place": "",
        ])
        switch ended.outcome {
        case .up(let score, let detail):
            table["state"] = "up"
            table["up"] = .boolean(true)
            table["score"] = .number(score)
            table["detail"] = .text(detail)
        case .down(let detail, _):
            table["state"] = "down"
            table["detail"] = .text(detail)
        case .error(let fault):
            table["state"] = "error"
            table["detail"] = .text(fault.message)
            table["place"] = .text(fault.location.map { "\($0)" } ?? "")
        }
        return table
    }

    // MARK: A clock that one advances

    /// Runs what falls due on the way, in the order of its time.
    private func advance(milliseconds: Int) throws(ArgumentError) {
        let end = prober.nowMilliseconds + milliseconds
        while let next = watches.indices.min(by: {
            watches[$0].dueMilliseconds < watches[$1].dueMilliseconds
        }),
            watches[next].dueMilliseconds <= end
        {
            pass(milliseconds: max(0, watches[next].dueMilliseconds - prober.nowMilliseconds))
            watches[next].begin(nowMilliseconds: prober.nowMilliseconds)
            let ended = try play(watches[next].subject, previous: watches[next].machine)
            watches[next].end(ended.outcome, nowMilliseconds: prober.nowMilliseconds)
        }
        pass(milliseconds: max(0, end - prober.nowMilliseconds))
        for index in watches.indices {
            watches[index].settle(nowMilliseconds: prober.nowMilliseconds)
        }
    }
}
