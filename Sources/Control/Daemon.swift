// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The daemon: everything `pharos run` does, also inside another program (the demonstration).
public final class Daemon: Sendable {
    private let options: RunOptions
    private let controller: Controller
    private let group: MultiThreadedEventLoopGroup
    private let serviceGroup = Mutex<ServiceGroup?>(nil)
    private let readiness = Readiness()

    public init(_ options: RunOptions) {
        self.options = options
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        controller = Controller(options, eventLoop: group.next())
    }

    /// Keeps SIGHUP and SIGUSR1 from ending the process until they are trapped.
    public static func ignoreReloadSignals() {
        signal(SIGHUP, SIG_IGN)
        signal(SIGUSR1, SIG_IGN)
    }

    /// Runs until SIGTERM, SIGINT or ``stop()``: loads the configuration, serves, withdraws.
    ///
    /// - Throws: ``DaemonError`` when it cannot start; nothing was announced then.
    public func run() async throws {
        Self.ignoreReloadSignals()
        defer { readiness.finish(isServing: false) }
        let locks = try takeLocks()
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    // Told to stop in the reverse order: control is first.
                    .init(service: ReloadService(controller: controller)),
                    .init(
                        service: InterruptService(controller: controller) { [weak self] in
                            await self?.stop()
                        }),
                    .init(
                        service: ControlService(
                            controller: controller, options: options, readiness: readiness),
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm], logger: quietLogger))
        serviceGroup.withLock { $0 = services }
        do {
            try await services.run()
        } catch {
            _ = locks
            throw error
        }
        _ = locks
        // A control that hangs in a script's C function does not keep the process.
        _ = await Deadline.wait(.seconds(1)) { [group, controller] in
            await controller.end()
            try? await group.shutdownGracefully()  // it may have ended: nothing is left to do
        }
    }

    /// Returns once queries are served (true), or when ``run()`` ended before that (false).
    public func waitUntilReady() async -> Bool {
        await readiness.wait()
    }

    /// Ends ``run()`` as SIGTERM does.
    public func stop() async {
        let services = serviceGroup.withLock { $0 }
        await services?.triggerGracefulShutdown()
    }

    /// What `pharos reload` does.
    public func reload(force: Bool) async -> ControlReply {
        await controller.reload(force: force, dryRun: false)
    }

    public func status() async -> StatusReport {
        await controller.status()
    }

    private var quietLogger: Logger {
        var logger = options.logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    /// What keeps a second daemon away.
    private struct Locks: ~Copyable {
        let socket: InstanceLock
        let configuration: InstanceLock?
        let state: InstanceLock?
    }

    private func takeLocks() throws(DaemonError) -> Locks {
        let directory = try Self.makeDirectory(of: options.controlPath)
        let name = options.controlPath.split(separator: "/").last.map(String.init) ?? "control"
        let socket = try InstanceLock(
            directory: directory, name: name, what: "uses \(options.controlPath)")
        let state = try takeStateLock()
        guard case .file(let path) = options.configuration else {
            return Locks(socket: socket, configuration: nil, state: state)
        }
        let configuration = try InstanceLock(
            directory: Self.sharedDirectory, name: InstanceLock.name(ofConfiguration: path),
            what: "runs \(path)")
        return Locks(socket: socket, configuration: configuration, state: state)
    }

    /// Two daemons with one state file would each undo the other's. A folder that cannot be written
    /// keeps nothing, which is said when it is tried.
    private func takeStateLock() throws(DaemonError) -> InstanceLock? {
        guard let path = options.statePath else { return nil }
        let directory = RunOptions.folder(of: path)
        Self.makeStateDirectory(directory)
        guard access(directory, W_OK) == 0 else { return nil }
        let name = path.split(separator: "/").last.map(String.init) ?? "state"
        return try InstanceLock(
            directory: directory, name: name, what: "keeps its state in \(path)")
    }

    /// The last folder of the path and the one above it: `~/.local/state/pharos`.
    private static func makeStateDirectory(_ directory: String) {
        mkdir(RunOptions.folder(of: directory), 0o755)
        mkdir(directory, 0o750)
    }

    /// Where locks of configurations are, the same for daemons with different control sockets.
    private static var sharedDirectory: String {
        access("/run/pharos", W_OK) == 0 ? "/run/pharos" : "/tmp"
    }

    private static func makeDirectory(of path: String) throws(DaemonError) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let directory = parts.isEmpty ? "." : parts.joined(separator: "/")
        if mkdir(directory, 0o755) != 0, errno != EEXIST {
            throw .system(call: "mkdir", object: directory, code: errno)
        }
        return directory
    }
}

/// Tells any number of waiters, once, whether the daemon serves or will never.
final class Readiness: Sendable {
    private struct State {
        var answer: Bool?
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    private let state = Mutex(State())

    /// Only the first word counts.
    func finish(isServing: Bool) {
        let waiters = state.withLock { state in
            if state.answer == nil { state.answer = isServing }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: isServing) }
    }

    func wait() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state in
                if state.answer == nil { state.waiters.append(continuation) }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}
