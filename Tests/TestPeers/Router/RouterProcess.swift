// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The process of a router, which may be killed and started again; its log goes on.
final class RouterProcess: Sendable {
    private struct State {
        var child: ChildProcess?
        var earlier = ""
    }

    private let name: String
    private let arguments: [String]
    private let namespace: NetworkNamespace?
    private let environment: [String: String]
    private let state = Mutex(State())

    init(
        _ name: String, _ arguments: [String], in namespace: NetworkNamespace?,
        environment: [String: String] = [:]
    ) {
        self.name = name
        self.arguments = arguments
        self.namespace = namespace
        self.environment = environment
    }

    /// Starts it, after an end of any kind again.
    func start() throws(PeerError) {
        let child = try ChildProcess(
            name, arguments, in: namespace, environment: environment)
        state.withLock { state in
            state.earlier += state.child?.output ?? ""
            state.child = child
        }
    }

    private var child: ChildProcess? { state.withLock(\.child) }

    /// What all its lives wrote.
    var log: String { state.withLock { $0.earlier + ($0.child?.output ?? "") } }

    /// What it wrote since its last start.
    var currentLog: String { child?.output ?? "" }

    /// Throws, with the log, when it has ended.
    func checkRunning() throws(PeerError) {
        guard let child, child.isRunning else {
            throw .exited(program: name, status: -1, output: log)
        }
    }

    /// Stops it where it stands, its children too, until ``resume()``.
    func pause() { child?.signalGroup(SIGSTOP) }
    func resume() { child?.signalGroup(SIGCONT) }

    /// Ends it without a word.
    func crash() async {
        child?.signalGroup(SIGKILL)
        _ = try? await child?.waitForExit(withinSeconds: 5)
    }

    /// Asks it to end.
    func stop() async {
        _ = await child?.stop()
    }
}
