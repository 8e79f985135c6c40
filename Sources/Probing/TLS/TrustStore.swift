// SPDX-License-Identifier: Apache-2.0
//
// Reading certificates, the system's are some hundreds, takes milliseconds to tens of them: that is
// done on a thread for blocking work, once for each file's content.

import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Makes and keeps what checks trust. Confined to its event loop.
final class TrustStore {
    /// A file's content, as far as it can be told without reading it.
    private struct Stamp: Hashable, Sendable {
        let path: String
        let size: Int
        let seconds: Int
        let nanoseconds: Int
        let inode: UInt
    }

    private struct Key: Hashable {
        let verifies: Bool
        let authorities: Stamp?
    }

    private let loop: any EventLoop
    private var configurations: [Stamp: TLSConfiguration] = [:]
    private var contexts: [Key: NIOSSLContext] = [:]

    /// Files of authorities that one configuration names; more are forgotten and read again.
    private static let entriesMax = 16

    init(loop: any EventLoop) { self.loop = loop }

    /// The configuration for a client, in which the authorities' certificates are read.
    func configuration(
        _ options: TLSOptions,
        _ done: @escaping (Result<TLSConfiguration, ProbeError.Fault>) -> Void
    ) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // RFC 8996: what is older may not be used.
        configuration.minimumTLSVersion = .tlsv12
        guard options.verifies else {
            configuration.certificateVerification = .none
            return done(.success(configuration))
        }
        guard let path = options.authorityFile else { return done(.success(configuration)) }
        stamp(path) { [self] result in
            switch result {
            case .failure(let fault): done(.failure(fault))
            case .success(let stamp):
                if let known = configurations[stamp] { return done(.success(known)) }
                read(stamp, into: configuration, done)
            }
        }
    }

    private func read(
        _ stamp: Stamp, into base: TLSConfiguration,
        _ done: @escaping (Result<TLSConfiguration, ProbeError.Fault>) -> Void
    ) {
        let path = stamp.path
        offLoop {
            try NIOSSLCertificate.fromPEMFile(path)
        } done: { [self] result in
            guard let certificates = try? result.get(), !certificates.isEmpty else {
                return done(.failure(.invalid("\(path): no certificates can be read")))
            }
            var configuration = base
            configuration.trustRoots = .certificates(certificates)
            if configurations.count >= Self.entriesMax { configurations = [:] }
            configurations[stamp] = configuration
            done(.success(configuration))
        }
    }

    /// The context for one connection. `done` is called on the loop, perhaps before this returns.
    func context(
        _ options: TLSOptions, _ done: @escaping (Result<NIOSSLContext, ProbeError.Fault>) -> Void
    ) {
        guard options.verifies, let path = options.authorityFile else {
            return context(options, Key(verifies: options.verifies, authorities: nil), done)
        }
        stamp(path) { [self] result in
            switch result {
            case .failure(let fault): done(.failure(fault))
            case .success(let stamp):
                context(options, Key(verifies: true, authorities: stamp), done)
            }
        }
    }

    private func context(
        _ options: TLSOptions, _ key: Key,
        _ done: @escaping (Result<NIOSSLContext, ProbeError.Fault>) -> Void
    ) {
        if let known = contexts[key] { return done(.success(known)) }
        configuration(options) { [self] result in
            guard case .success(let configuration) = result else {
                return done(result.map { _ in preconditionFailure("BUG DETECTED: no failure") })
            }
            offLoop {
                try NIOSSLContext(configuration: configuration)
            } done: { [self] result in
                if case .success(let context) = result {
                    if contexts.count >= Self.entriesMax { contexts = [:] }
                    contexts[key] = context
                }
                done(result.mapError { TLSFault.fault(of: $0) ?? .invalid("TLS: \($0)") })
            }
        }
    }

    private func stamp(
        _ path: String, _ done: @escaping (Result<Stamp, ProbeError.Fault>) -> Void
    ) {
        offLoop { () throws -> Result<Stamp, ProbeError.Fault> in
            var status = stat()
            guard stat(path, &status) == 0 else { return .failure(.system(errno)) }
            return .success(
                Stamp(
                    path: path, size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
                    nanoseconds: status.st_mtim.tv_nsec, inode: status.st_ino))
        } done: { result in
            done(result.mapError { _ in .system(EIO) }.flatMap { $0 })
        }
    }

    private func offLoop<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value,
        done: @escaping (Result<Value, any Error>) -> Void
    ) {
        NIOThreadPool.singleton.runIfActive(eventLoop: loop, body)
            .assumeIsolated().whenComplete(done)
    }
}
