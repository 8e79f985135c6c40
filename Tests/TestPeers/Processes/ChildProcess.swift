// SPDX-License-Identifier: Apache-2.0

public import Glibc
import Synchronization

/// A process that a test started: its output in files, its end awaited without blocking a thread.
///
/// Stopped by its own id, at the latest when the last reference goes; ``Aftercare`` ends it when the
/// test process itself does not get that far.
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
        Aftercare.prepare()
        var words = [try Program.path(of: name)] + arguments
        if let namespace {
            // `ip netns exec` replaces itself: the process id is the program's own.
            words = [try Program.path(of: "ip"), "netns", "exec", namespace.name] + words
        }
        scratch = try ScratchDirectory((name.split(separator: "/").last).map(String.init) ?? name)
        processID = try SpawnedProcess.start(
            words, environment: Self.mergedEnvironment(environment),
            output: "\(scratch.path)/stdout", errors: "\(scratch.path)/stderr")
        Aftercare.add(.group(processID))
    }

    deinit {
        guard poll() == nil else { return }
        kill(-processID, SIGKILL)
        var raw: Int32 = 0
        waitpid(processID, &raw, 0)
        Aftercare.remove(.group(processID))
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

    /// Signals it and its children, as long as it has not ended.
    public func signalGroup(_ number: Int32) {
        guard isRunning else { return }
        kill(-processID, number)
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
                    Aftercare.remove(.group(processID))
                }
            }
            return status
        }
    }

    private static func mergedEnvironment(_ added: [String: String]) -> [String] {
        var result = added.map { "\($0.key)=\($0.value)" }
        for name in ["PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"] where added[name] == nil {
            if let value = getenv(name) { result.append("\(name)=\(String(cString: value))") }
        }
        return result
    }
}
