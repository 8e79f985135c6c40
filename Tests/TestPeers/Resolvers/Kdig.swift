// SPDX-License-Identifier: Apache-2.0

/// Asks with Knot's kdig, as an operator would with dig.
public enum Kdig {
    /// Sends one query and reads the answer.
    ///
    /// - Parameter options: kdig's own, as `+dnssec`.
    /// - Returns: the reply, `status` "no answer" when none came in the time.
    public static func query(
        _ name: String, type: String = "A", server: String, port: UInt16, overTCP: Bool = false,
        timeoutSeconds: Int = 2, options: [String] = [], in namespace: NetworkNamespace? = nil
    ) async throws -> KdigReply {
        KdigReply(
            try await output(
                name, type, 1, server, port, overTCP, timeoutSeconds, options, namespace))
    }

    /// Sends the same query so many times, one after the other and each from a socket of its own:
    /// one process, where a hundred would take seconds.
    ///
    /// - Returns: the replies that came; how many are missing is how many got no answer.
    public static func queries(
        _ count: Int, _ name: String, type: String = "A", server: String, port: UInt16,
        overTCP: Bool = false, timeoutSeconds: Int = 2, options: [String] = [],
        in namespace: NetworkNamespace? = nil
    ) async throws -> [KdigReply] {
        let text = try await output(
            name, type, count, server, port, overTCP, timeoutSeconds, options, namespace)
        let head = ";; ->>HEADER<<-"
        let parts = text.split(separator: head, omittingEmptySubsequences: false)
        return parts.dropFirst().map { KdigReply(head + $0) }
    }

    /// What kdig printed of replies; that there is none it says on the other stream.
    private static func output(
        _ name: String, _ type: String, _ count: Int, _ server: String, _ port: UInt16,
        _ overTCP: Bool, _ timeoutSeconds: Int, _ options: [String],
        _ namespace: NetworkNamespace?
    ) async throws -> String {
        try await Program.output(
            "kdig",
            [
                "@\(server)", "-p", "\(port)", "+time=\(timeoutSeconds)", "+retry=0",
                overTCP ? "+tcp" : "+notcp", "+ignore",
            ] + options + Array(repeating: [name, type], count: count).flatMap { $0 },
            in: namespace, statuses: [0, 1],
            withinSeconds: Double(timeoutSeconds * count) + 5)
    }
}
