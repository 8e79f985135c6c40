// SPDX-License-Identifier: Apache-2.0

/// A process to run: no shell, standard input empty, a process group of its own.
public struct ProcessProbe: Hashable, Sendable {
    /// The program, found along PATH when it has no slash, and its arguments.
    public var arguments: [String]
    /// Added to the daemon's environment, or in place of what has the same name there.
    public var environment: [String: String] = [:]
    /// When it has passed, SIGKILL goes to the whole group.
    public var timeoutMilliseconds = 500

    /// The octets kept of each of standard output and standard error. A check reads a verdict, not
    /// a file; what comes beyond is read and dropped, so that the process does not block.
    public static let outputBytesMax = 64 * 1024

    public init(arguments: [String]) { self.arguments = arguments }

    /// As errors and traces name it.
    public var call: String { "exec.run \(arguments.first ?? "")" }
}
