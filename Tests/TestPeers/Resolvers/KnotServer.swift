// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A real authoritative server: Knot DNS with one zone that we write for it.
///
/// The zone `test.` has an SOA, `www.test. A`, `www.test. AAAA`, `*.wild.test. A` and
/// `whoami.test. TXT "NAME"`, which tells which server answered. Everything else is refused.
public final class KnotServer: Sendable {
    public let name: String
    public let addresses: [String]
    public let port: UInt16
    private let scratch: ScratchDirectory
    private let namespace: NetworkNamespace?
    private let process: ChildProcess

    /// Starts it and waits until it answers on every address; with `transfers` anybody may have its
    /// zone by AXFR and IXFR.
    public init(
        name: String, addresses: [String] = ["127.0.0.1"], port: UInt16? = nil,
        records: [String] = [], transfers: Bool = false, in namespace: NetworkNamespace? = nil
    ) async throws {
        self.name = name
        self.addresses = addresses
        self.namespace = namespace
        self.port = try port ?? FreePorts.next()
        scratch = try ScratchDirectory("knot")
        try scratch.write(Self.zone(name: name, records: records), to: "test.zone")
        let configuration = try scratch.write(
            Self.configuration(
                folder: scratch.path, addresses: addresses, port: self.port, transfers: transfers),
            to: "knot.conf")
        process = try ChildProcess("knotd", ["-c", configuration], in: namespace)
        for address in addresses { try await waitUntilAnswering(address) }
    }

    public var endpoints: [String] {
        addresses.map { $0.contains(":") ? "[\($0)]:\(port)" : "\($0):\(port)" }
    }

    /// The first address with its port, as `newServer` takes it.
    public var endpoint: String { endpoints[0] }

    public var processID: Int32 { process.processID }

    /// Queries received so far, over UDP and TCP, our own first ones included.
    public func queryCount() async throws -> Int {
        let text = try await Program.output(
            "knotc", ["-s", "\(scratch.path)/knot.sock", "stats", "mod-stats.request-protocol"],
            in: namespace)
        return text.split(separator: "\n").reduce(0) { sum, line in
            sum + (line.split(separator: " ").last.flatMap { Int($0) } ?? 0)
        }
    }

    /// Adds records to its zone, ten one after the other: as many changes that IXFR tells of.
    public func change(_ record: (Int) -> String) async throws {
        for number in 0..<10 {
            let control = ["-s", "\(scratch.path)/knot.sock"]
            try await Program.output("knotc", control + ["zone-begin", "test."], in: namespace)
            let words = record(number).split(separator: " ").map(String.init)
            try await Program.output(
                "knotc", control + ["zone-set", "test."] + words, in: namespace)
            try await Program.output("knotc", control + ["zone-commit", "test."], in: namespace)
        }
    }

    /// Stops answering without closing its ports: a server that hangs.
    public func pause() { process.signal(SIGSTOP) }
    public func resume() { process.signal(SIGCONT) }

    public func stop() async {
        process.signal(SIGCONT)
        await process.stop()
    }

    public func kill() async { await process.stop(signal: SIGKILL) }

    private func waitUntilAnswering(_ address: String) async throws {
        try await eventually(
            "answer from knotd at \(address):\(port)", withinSeconds: 10,
            otherwise: self.process.output
        ) {
            guard self.process.isRunning else {
                throw PeerError.exited(program: "knotd", status: 1, output: self.process.output)
            }
            let reply = try await Kdig.query(
                "whoami.test", type: "TXT", server: address, port: self.port, timeoutSeconds: 1,
                in: self.namespace)
            return reply.answers.contains { $0.data == "\"\(self.name)\"" }
        }
    }

    private static func zone(name: String, records: [String]) -> String {
        """
        $ORIGIN test.
        $TTL 60
        @ SOA ns admin 1 3600 600 86400 60
        @ NS ns
        ns A 192.0.2.53
        www A 192.0.2.80
        www AAAA 2001:db8::80
        *.wild A 192.0.2.81
        whoami TXT "\(name)"
        \(records.joined(separator: "\n"))

        """
    }

    private static func configuration(
        folder: String, addresses: [String], port: UInt16, transfers: Bool
    ) -> String {
        """
        server:
            listen: [ \(addresses.map { "\($0)@\(port)" }.joined(separator: ", ")) ]
            rundir: "\(folder)"
            pidfile: "\(folder)/knot.pid"
            udp-workers: 1
            tcp-workers: 1
            background-workers: 1
        control:
            listen: "\(folder)/knot.sock"
        database:
            storage: "\(folder)"
        log:
          - target: stderr
            any: info
        template:
          - id: default
            storage: "\(folder)"
            global-module: mod-stats
        \(transfers ? "acl:\n  - id: anybody\n    action: transfer" : "")
        zone:
          - domain: test.
            file: "test.zone"
            \(transfers ? "acl: anybody" : "")

        """
    }
}
