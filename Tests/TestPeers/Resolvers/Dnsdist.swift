// SPDX-License-Identifier: Apache-2.0

/// The real dnsdist, with a configuration that a test writes for it.
public final class Dnsdist: Sendable {
    private let scratch: ScratchDirectory
    private let process: ChildProcess

    /// Starts it and waits until it has probed the servers that `probed` names.
    public init(_ configuration: String, probed: [String]) async throws {
        scratch = try ScratchDirectory("dnsdist")
        let file = try scratch.write(configuration, to: "dnsdist.conf")
        process = try ChildProcess("dnsdist", ["--supervised", "--disable-syslog", "-C", file])
        for name in probed { try await waitForState(of: name) { $0 != nil } }
    }

    /// All it wrote.
    public var log: String { process.output }

    /// Waits until the server's last probe said so (dnsdist: `Marking downstream NAME … as 'up'`).
    public func wait(for name: String, isUp: Bool) async throws {
        try await waitForState(of: name) { $0 == isUp }
    }

    public func stop() async { await process.stop() }

    private func waitForState(
        of name: String, _ isWanted: @Sendable (Bool?) -> Bool
    ) async throws {
        try await eventually(
            "dnsdist's word on \(name)", withinSeconds: 15, otherwise: self.process.output
        ) {
            guard self.process.isRunning else {
                throw PeerError.exited(program: "dnsdist", status: 1, output: self.process.output)
            }
            let line = self.process.output.split(separator: "\n").last {
                $0.contains("Marking downstream \(name) (")
            }
            return isWanted(line.map { $0.hasSuffix("'up'") })
        }
    }
}
