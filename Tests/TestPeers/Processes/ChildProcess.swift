// SPDX-License-Identifier: Apache-2.0

public import Glibc
import Synchronization

/// A process that a test started: its output in files, its end awaited without blocking a thread.
///
/// Stopped by its own id, at the latest when the last reference goes.
public final class ChildProcess: Sendable {
    public let name: String
    public let processID: pid_t
    private let scratch: ScratchDirectory
    /// The exit status once it is known; 128 + n after signal n, as a shell has it.
    private let status = Mutex<Int32?>(nil)

    public init(
        _ name: String, _ arguments: [String], in namespace: NetworkNamespace? = nil,
        environment: [String: String] = [:]
    ) throws(PeerError) {
        self.name = name
        var words = [try Program.path(of: name)] + arguments
        if let namespace {
            // `ip netns exec` replaces itself: the process id is the program's own.
            words = [try Program.path(of: "ip"), "netns", "exec", namespace.name] + words
        }
        scratch = try ScratchDirectory((name.split(separator: "/").last).map(String.init) ?? name)
        processID = try Self.spawn(words, environment: environment, into: scratch.path)
    }

    deinit {
        guard poll() == nil else { return }
        kill(processID, SIGKILL)
        var raw: Int32 = 0
        waitpid(processID, &raw, 0)
    }

    public var standardOutput: String { scratch.read("stdout") }
    public var standardError: String { scratch.read("stderr") }

    /// Both streams, for messages.
    public var output: String { standardOutput + standardError }

    public var isRunning: Bool { poll() == nil }

    public func signal(_ number: Int32) {
        guard isRunning else { return }
        kill(processID, number)
    }

    /// The exit status (128 + n after signal n).
    public func waitForExit(withinSeconds seconds: Double) async throws -> Int32 {
        try await eventually(
            "end of \(name)", withinSeconds: seconds, otherwise: self.output
        ) { self.poll() }
    }

    /// Asks it to end, and ends it when it has not within the time.
    @discardableResult
    public func stop(signal number: Int32 = SIGTERM, withinSeconds seconds: Double = 5) async
        -> Int32
    {
        signal(number)
        if let status = try? await waitForExit(withinSeconds: seconds) { return status }
        signal(SIGKILL)
        return (try? await waitForExit(withinSeconds: 5)) ?? -1
    }

    /// Waits for a text in either stream.
    public func waitForOutput(_ text: String, withinSeconds seconds: Double) async throws {
        try await eventually(
            "'\(text)' from \(name)", withinSeconds: seconds, otherwise: self.output
        ) {
            if self.output.contains(text) { return true }
            if let status = self.poll() {
                throw PeerError.exited(program: self.name, status: status, output: self.output)
            }
            return nil
        }
    }

    /// Reaps the process when it has ended.
    private func poll() -> Int32? {
        status.withLock { status in
            if status == nil {
                var raw: Int32 = 0
                if waitpid(processID, &raw, WNOHANG) == processID {
                    status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
                }
            }
            return status
        }
    }

    private static func spawn(
        _ words: [String], environment: [String: String], into folder: String
    ) throws(PeerError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let create = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/stdout", create, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/stderr", create, 0o644)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let environmentWords = mergedEnvironment(environment)
        var processID: pid_t = 0
        let result = withCStrings(words) { argv in
            withCStrings(environmentWords) { envp in
                posix_spawn(&processID, words[0], &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else { throw .system(call: "posix_spawn \(words[0])", errno: result) }
        return processID
    }

    private static func mergedEnvironment(_ added: [String: String]) -> [String] {
        var result = added.map { "\($0.key)=\($0.value)" }
        for name in ["PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"] where added[name] == nil {
            if let value = getenv(name) { result.append("\(name)=\(String(cString: value))") }
        }
        return result
    }

    private static func withCStrings<R>(
        _ words: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
    ) -> R {
        let copies = words.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
