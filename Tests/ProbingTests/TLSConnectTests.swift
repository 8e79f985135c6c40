// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing

@testable import Probing

/// Catches a certificate that is believed without reason, a handshake that never ends, and a secured
/// connection that loses octets.
@Suite struct TLSConnectTests {
    private func probe(_ server: StreamResponder, _ tls: TLSOptions) -> TCPProbe {
        var probe = TCPProbe(address: server.endpoint)
        // Reading the system's authorities for the first time takes a while.
        probe.timeoutMilliseconds = 5_000
        probe.tls = tls
        return probe
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func aSecuredConnectionIsReadAndWritten(_ host: String) async throws {
        let authority = try TestAuthority.shared.get()
        let server = try await StreamResponder(
            host: host, greeting: .init(bytes: Array("220 ready\r\n".utf8)),
            security: authority.serverContext
        ) { .init(bytes: $0 + Array("!\nbye".utf8), closes: true) }
        #expect(
            try await TCPConnectTests.reads(
                [.line, .line, .all, .line],
                of: probe(server, TLSOptions(authorityFile: authority.file)),
                writing: Array("ping".utf8)) == ["220 ready", "ping!", "bye", "end"])
        #expect(try await Loopback.eventually { server.openCount == 0 })
        try await server.close()
    }

    @Test func theNameOfTheCertificateCounts() async throws {
        let authority = try TestAuthority.shared.get()
        let server = try await StreamResponder(
            greeting: .init(bytes: Array("hello\n".utf8)), security: authority.namedContext)
        func first(_ options: TLSOptions) async throws -> [String] {
            try await TCPConnectTests.reads([.line], of: probe(server, options))
        }
        let file = authority.file
        let call = "tcp.connect \(server.endpoint)"
        #expect(
            try await first(TLSOptions(serverName: "check.test", authorityFile: file)) == ["hello"])
        for name in ["other.test", nil] {
            #expect(
                try await first(TLSOptions(serverName: name, authorityFile: file))
                    == ["\(call): TLS: the certificate is for another name"])
        }
        #expect(
            try await first(TLSOptions(serverName: "check.test"))
                == ["\(call): TLS: the certificate is not trusted"])
        #expect(try await first(TLSOptions(serverName: "x.test", verifies: false)) == ["hello"])
        #expect(
            try await first(TLSOptions(authorityFile: "/nonexistent"))
                == ["\(call): no such file or directory"])
        #expect(
            try await first(TLSOptions(authorityFile: "/etc/passwd"))
                == ["\(call): /etc/passwd: no certificates can be read"])
        try await server.close()
    }

    @Test func aPlainOrSilentServerIsNotTakenForASecureOne() async throws {
        let plain = try await StreamResponder(greeting: .init(bytes: Array("220 plain\r\n".utf8)))
        #expect(
            try await TCPConnectTests.reads([], of: probe(plain, TLSOptions(verifies: false)))
                == ["tcp.connect \(plain.endpoint): TLS: the other side does not speak TLS"])
        try await plain.close()
        let closing = try await StreamResponder { _ in .init(closes: true) }
        // It closes with our greeting unread or read: the kernel then says reset, or closed.
        let ended = try await TCPConnectTests.reads(
            [], of: probe(closing, TLSOptions(verifies: false)))
        #expect(
            ["closed", "reset"].map { ["tcp.connect \(closing.endpoint): connection \($0)"] }
                .contains(ended))
        try await closing.close()
        let silent = try await StreamResponder()
        var patient = probe(silent, TLSOptions(verifies: false))
        patient.timeoutMilliseconds = 200
        #expect(
            try await TCPConnectTests.reads([], of: patient)
                == ["tcp.connect \(silent.endpoint): timed out after 0.2 s"])
        #expect(try await Loopback.eventually { silent.openCount == 0 })
        try await silent.close()
    }
}
