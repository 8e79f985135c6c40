// SPDX-License-Identifier: Apache-2.0
//
// The VM of a test file is both kinds at once: servers are tables and built-in policies choose, as
// on a plane's thread, and checks may wait, as in control's. What they wait for is answered by the
// test, and time passes only when a test lets it.

import Balancing
import DNSWire
import Declarations
import LuaRuntime
import Probing

/// The world in which one test file runs. One thread.
final class TestBench {
    struct Test {
        let name: String
        let body: LuaFunction
        let location: SourceLocation
    }

    /// What `os.time()` says when a test begins: some day, the same for all runs.
    static let startUnixSeconds: Int64 = 1_750_000_000

    let vm: LuaVM
    let kit: PlanePolicyVM
    let evaluation: Evaluation
    let explanation: ErrorExplanation
    let slot = RunSlot()
    let box = PlaneBox()
    let slab = ServerSlab(planeThreads: 1)
    let statistics = PolicyStatisticsTable(planeThreads: 1)
    private var preludeRunners: PreludeRunners?
    var runners: PreludeRunners {
        guard let preludeRunners else { preconditionFailure("BUG DETECTED: not set up yet") }
        return preludeRunners
    }
    private(set) var tests: [Test] = []

    /// The servers that tests and files declared, as the plane sees them.
    var snapshot: PlaneSnapshot?
    var handles: [ServerHandle] = []
    /// Lists of servers that policies were given, by their ordinals.
    var pools: [[Int]: Int32] = [:]
    var generator = SelectionGenerator(seed: 1)

    /// Made anew for each test, as are the answers.
    private(set) var prober = ScriptedProber()
    var fakes: [String: LuaValue] = [:]
    /// What a function of the test's own raised while it made an answer.
    var fakeProblem: LuaError?
    var watches: [TestWatch] = []

    init(
        _ path: String, settings: [String: String], nodeName: String,
        print: @escaping @Sendable (String) -> Void
    ) throws(ScriptError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let journal = Journal(folder: folder, executesCommands: false) { print($0.text) }
        let clock = TestClock()
        var hooks = journal.recordingHooks
        hooks.time = { Self.startUnixSeconds + Int64(clock.milliseconds / 1_000) }
        hooks.randomSeed = { 1 }
        do throws(LuaError) {
            vm = try LuaVM(name: "test")
            vm.environment = hooks
            vm.runtimeEnvironment = hooks
            kit = try PlanePolicyVM(
                vm, PlaneCallbacks.plane(context: UnsafeMutableRawPointer(box.cell)))
        } catch {
            throw ScriptError(ErrorExplanation(definedNames: []).fault(error))
        }
        evaluation = Evaluation(
            vm: vm, role: .plane, path: path, nodeName: nodeName, settings: settings,
            shared: SharedValues(), hooks: hooks, listFolder: journal.listing
        ) { print($0.text) }
        explanation = ErrorExplanation(definedNames: [])
        self.clock = clock
        try explained { () throws(LuaError) in try setUp() }
        try explained(in: SourceLocation(file: path, line: 1)) { () throws(LuaError) in
            try load(path, hooks)
        }
    }

    /// Moves with ``prober``; the hooks read it.
    private let clock: TestClock

    private func setUp() throws(LuaError) {
        evaluation.plane = try PlaneEvaluation(kit)
        try PlaneQueryAccess.define(in: kit)
        try evaluation.defineNames()
        try evaluation.defineWaitingNames(slot)
        try defineServerTests()
        try defineCheckTests()
        try defineRuleTests()
        try defineTests()
        try Prelude.run(Prelude.common, in: vm)
        preludeRunners = try PreludeRunners(in: vm)
        try Prelude.run(TestPrelude.source, in: vm)
    }

    private func load(_ path: String, _ hooks: EnvironmentHooks) throws(LuaError) {
        let source: [UInt8]
        do throws(EnvironmentError) {
            switch try hooks.readFile(path) {
            case .bytes(let bytes): source = bytes
            case .failure(let message, _): throw EnvironmentError(message)
            }
        } catch {
            throw LuaError(kind: .runtime, message: error.description)
        }
        let chunk = try vm.load(source, chunkName: path)
        defer { vm.release(chunk) }
        _ = try vm.call(chunk)
    }

    private func explained(
        in place: SourceLocation? = nil, _ body: () throws(LuaError) -> Void
    ) throws(ScriptError) {
        do throws(LuaError) {
            try body()
        } catch {
            throw ScriptError(
                ErrorExplanation(definedNames: evaluation.definedNames).fault(error, in: place))
        }
    }

    private func defineTests() throws(LuaError) {
        try evaluation.define("test") {
            [unowned self] (arguments, call) throws(ArgumentError) in
            let name = try arguments.text(0, "name")
            tests.append(
                Test(
                    name: name, body: try arguments.function(1, "body"),
                    location: evaluation.location(of: call)))
            return []
        }
    }

    /// Runs one test with fresh answers, at the beginning of time.
    func run(_ test: Test, budgetMilliseconds: Int) throws(LuaError) {
        prober = ScriptedProber()
        clock.milliseconds = 0
        fakes = [:]
        fakeProblem = nil
        watches = []
        generator = SelectionGenerator(seed: 1)
        connectFakes()
        vm.phase = .load
        _ = try vm.call(test.body, budgetMilliseconds: budgetMilliseconds)
    }

    /// Lets time pass for what waits, and for `os.time()`.
    func pass(milliseconds: Int) {
        prober.advance(milliseconds: milliseconds)
        clock.milliseconds = prober.nowMilliseconds
    }

    func close() {
        box.cell.pointee = nil
        vm.close()
    }
}

/// The time since a test began.
private final class TestClock {
    var milliseconds = 0
}
