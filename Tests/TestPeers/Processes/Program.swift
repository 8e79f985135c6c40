// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Finds programs, those for administrators included.
public enum Program {
    private static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"]

    /// The path of an installed program; a path is returned as it is when it can be executed.
    public static func path(of name: String) throws(PeerError) -> String {
        if name.contains("/") {
            guard access(name, X_OK) == 0 else { throw .missingProgram(name) }
            return name
        }
        for folder in folders where access("\(folder)/\(name)", X_OK) == 0 {
            return "\(folder)/\(name)"
        }
        throw .missingProgram(name)
    }

    /// Runs a program to its end and returns what it wrote to standard output.
    ///
    /// A status other than 0, unless `statuses` names it, and a run past its time are errors.
    @discardableResult
    public static func output(
        _ name: String, _ arguments: [String], in namespace: NetworkNamespace? = nil,
        statuses: Set<Int32> = [0], withinSeconds seconds: Double = 10
    ) async throws -> String {
        let child = try ChildProcess(name, arguments, in: namespace)
        let status = try await child.waitForExit(withinSeconds: seconds)
        guard statuses.contains(status) else {
            throw PeerError.exited(
                program: ([name] + arguments).joined(separator: " "), status: status,
                output: child.output)
        }
        return child.standardOutput
    }
}
