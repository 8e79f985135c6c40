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
        let text = try await Program.output(
            "kdig",
            [
                "@\(server)", "-p", "\(port)", "+time=\(timeoutSeconds)", "+retry=0",
                overTCP ? "+tcp" : "+notcp", "+ignore",
            ] + options + [name, type],
            in: namespace, statuses: [0, 1],
            withinSeconds: Double(timeoutSeconds) + 5)
        return KdigReply(text)
    }
}
