// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Glibc

/// A BIRD 2 on loopback with one session over IPv4 and one over IPv6, both passive, both of which
/// import both families. It lives in a folder of its own, and ends with this object.
final class Bird {
    /// Debian installs it here; a different place is named in `PHAROS_BIRD`.
    private static var binary: String {
        getenv("PHAROS_BIRD").map { String(cString: $0) } ?? "/usr/sbin/bird"
    }

    static let peerAS: UInt32 = 65002
    static let ourAS: UInt32 = 65001
    static let v4 = IPAddress(v4: 0x7f00_0009)

    let port: UInt16
    private let folder: String
    private var process: ChildProcess?

    private let options: String

    /// - Parameters:
    ///   - options: more lines of both sessions.
    ///   - prelude: more lines before them.
    init(options: String = "", prelude: String = "") throws {
        self.options = options
        port = freePort()
        var template = Array("/tmp/pharos-bird-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ChildProcess.Failure(description: "no temporary folder")
        }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        try write(
            """
            log "\(folder)/bird.log" all;
            debug protocols { states, events };
            router id 10.0.0.9;
            protocol device {}
            \(prelude)
            \(session("four", local: "127.0.0.9", neighbor: "127.0.0.1"))
            \(session("six", local: "::1", neighbor: "::1"))
            """)
        try start()
    }

    deinit {
        process?.stop()
        for name in ["bird.conf", "bird.log", "bird.ctl", "bird.pid", "output", "birdc"] {
            unlink("\(folder)/\(name)")
        }
        rmdir(folder)
    }

    private func session(_ name: String, local: String, neighbor: String) -> String {
        """
        protocol bgp \(name) {
          local \(local) port \(port) as \(Self.peerAS);
          neighbor \(neighbor) as \(Self.ourAS);
          multihop; passive on; hold time 9; error wait time 1, 5;
          \(options)
          ipv4 { import all; export none; };
          ipv6 { import all; export none; };
        }
        """
    }

    private func write(_ configuration: String) throws {
        guard let file = fopen("\(folder)/bird.conf", "w") else {
            throw ChildProcess.Failure(description: "\(folder): cannot write")
        }
        fputs(configuration, file)
        fclose(file)
    }

    /// Starts it, after a ``stop()`` again, and waits until its control socket answers.
    func start() throws {
        process = try ChildProcess(
            Self.binary,
            [
                "-f", "-c", "\(folder)/bird.conf", "-s", "\(folder)/bird.ctl", "-P",
                "\(folder)/bird.pid",
            ], output: "\(folder)/output")
        for _ in 0..<500 {
            if access("\(folder)/bird.ctl", F_OK) == 0 { return }
            usleep(10_000)
        }
        throw ChildProcess.Failure(
            description: "BIRD does not start: \(ChildProcess.read("\(folder)/output"))")
    }

    func stop() {
        process?.stop()
        process = nil
    }

    /// Stops or continues it as it stands: what it holds it keeps, and it says nothing.
    func signal(_ number: Int32) {
        process?.signal(number)
    }

    /// Its neighbours as our speaker declares them.
    var declarations: [NeighborDeclaration] {
        [(Self.v4, IPAddress.loopbackV4), (.loopbackV6, .loopbackV6)].map { peer, local in
            var neighbor = NeighborDeclaration(
                key: NeighborKey(endpoint: Endpoint(address: peer, port: port)),
                localAS: Self.ourAS, peerAS: Self.peerAS,
                location: SourceLocation(file: "test", line: 1))
            neighbor.localAddress = local
            neighbor.families = [.ipv4Unicast, .ipv6Unicast]
            return neighbor
        }
    }

    func command(_ words: String...) throws -> String {
        try ChildProcess.run(
            "\(Self.binary)c", ["-s", "\(folder)/bird.ctl"] + words, scratch: "\(folder)/birdc")
    }

    /// All routes with all attributes, as BIRD prints them.
    func routes() throws -> String { try command("show", "route", "all") }

    var log: String { ChildProcess.read("\(folder)/bird.log") }
}
