// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOSSL
import Testing

/// An authority made for this run, and certificates of it.
struct TestAuthority: Sendable {
    /// Certificates in PEM, as a check's `caFile` names them.
    let file: String
    /// For check.test and the loopback addresses.
    let serverContext: NIOSSLContext
    /// For check.test alone.
    let namedContext: NIOSSLContext

    /// One for all suites: making it runs openssl five times.
    static let shared = Result { try TestAuthority() }

    private init() throws {
        let folder = "/tmp/pharos-authority-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func openssl(_ line: String) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl"] + line.split(separator: " ").map(String.init)
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "openssl \(line)")
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        try openssl("req -x509 \(key) -keyout ca.key -out ca.pem -days 2 -subj /CN=authority")
        func context(_ names: String) throws -> NIOSSLContext {
            try openssl("req \(key) -keyout key.pem -out request.pem -subj /CN=check.test")
            try "subjectAltName=\(names)\n".write(
                toFile: "\(folder)/names", atomically: true, encoding: .utf8)
            try openssl(
                "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
                    + " -extfile names -out certificate.pem")
            return try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMFile("\(folder)/certificate.pem")
                        .map { .certificate($0) },
                    privateKey: .privateKey(
                        NIOSSLPrivateKey(file: "\(folder)/key.pem", format: .pem))))
        }
        serverContext = try context("DNS:check.test,IP:127.0.0.1,IP:::1")
        namedContext = try context("DNS:check.test")
        file = "/tmp/pharos-authority-\(getpid()).pem"
        try Data(contentsOf: URL(fileURLWithPath: "\(folder)/ca.pem"))
            .write(to: URL(fileURLWithPath: file))
    }
}
