// SPDX-License-Identifier: Apache-2.0

/// A real nameserver: BIND, authoritative for `test.`, on port 53 of its addresses.
public final class BindServer: Sendable {
    private let scratch: ScratchDirectory
    private let addresses: [String]
    private let namespace: NetworkNamespace
    private let process: RouterProcess

    /// Starts it and waits until it answers on every address; with `listensOnAll` it has those of the
    /// namespace that are not named, too.
    public init(
        addresses: [String], listensOnAll: Bool = false, in namespace: NetworkNamespace
    ) async throws {
        self.addresses = addresses
        self.namespace = namespace
        scratch = try ScratchDirectory("named")
        try scratch.write(
            """
            $TTL 60
            @ IN SOA ns.test. admin.test. 2026112201 3600 600 86400 60
            @ IN NS ns.test.
            ns IN A 192.0.2.1
            www IN A 192.0.2.80

            """, to: "test.zone")
        let any = "any;"
        let four = addresses.filter { !$0.contains(":") }.map { "\($0);" }.joined(separator: " ")
        let six = addresses.filter { $0.contains(":") }.map { "\($0);" }.joined(separator: " ")
        let file = try scratch.write(
            """
            options {
              directory "\(scratch.path)";
              pid-file "\(scratch.path)/named.pid";
              session-keyfile "\(scratch.path)/session.key";
              listen-on { \(listensOnAll ? any : four) };
              listen-on-v6 { \(listensOnAll ? any : six.isEmpty ? "none;" : six) };
              recursion no;
              dnssec-validation no;
            };
            controls { };
            zone "test" { type primary; file "\(scratch.path)/test.zone"; };

            """, to: "named.conf")
        process = RouterProcess("named", ["-g", "-c", file, "-n", "1"], in: namespace)
        try await start()
    }

    public var log: String { process.log }

    public func start() async throws {
        try process.start()
        for address in addresses {
            try await eventually("BIND at \(address)", withinSeconds: 15, otherwise: self.log) {
                try self.process.checkRunning()
                let child = try ChildProcess(
                    "dig", ["@\(address)", "test", "SOA", "+short", "+time=1", "+tries=1"],
                    in: self.namespace)
                _ = try await child.waitForExit(withinSeconds: 5)
                return child.standardOutput.contains("admin.test.")
            }
        }
    }

    public func stop() async { await process.stop() }
}
