// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A stream of queries from dnsperf, running beside the test until its time is over.
public final class Dnsperf: Sendable {
    private let scratch: ScratchDirectory
    private let process: ChildProcess
    private let seconds: Double

    /// Starts it. `queriesPerSecond` nil means as many as are answered.
    public init(
        server: String, port: UInt16, seconds: Int, queriesPerSecond: Int?,
        queries: [String] = ["www.test A"], clients: Int = 4, overTCP: Bool = false,
        timeoutSeconds: Int = 2, in namespace: NetworkNamespace? = nil
    ) throws {
        self.seconds = Double(seconds)
        scratch = try ScratchDirectory("dnsperf")
        let file = try scratch.write(queries.joined(separator: "\n") + "\n", to: "queries")
        var arguments = [
            "-s", server, "-p", "\(port)", "-d", file, "-l", "\(seconds)", "-c", "\(clients)",
            "-t", "\(timeoutSeconds)", "-m", overTCP ? "tcp" : "udp",
        ]
        if let queriesPerSecond { arguments += ["-Q", "\(queriesPerSecond)"] }
        process = try ChildProcess("dnsperf", arguments, in: namespace)
    }

    public var isRunning: Bool { process.isRunning }

    /// Ends it early; what it had sent counts.
    public func finish() async throws -> DnsperfResult {
        process.signal(SIGINT)
        return try await result()
    }

    /// Waits for its end and reads its summary.
    public func result() async throws -> DnsperfResult {
        let status = try await process.waitForExit(withinSeconds: seconds + 20)
        guard status == 0 else {
            throw PeerError.exited(program: "dnsperf", status: status, output: process.output)
        }
        return try DnsperfResult(process.standardOutput)
    }
}
