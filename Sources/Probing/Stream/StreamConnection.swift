// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// A check's TCP connection on an event loop.
///
/// It reads from its socket only while somebody waits for bytes, so a talkative peer fills the
/// kernel's buffer and not ours.
final class StreamConnection: ProbeConnection {
    typealias ReadCompletion = (Result<[UInt8]?, ProbeError>) -> Void

    private struct PendingRead {
        let amount: ReadAmount
        let done: ReadCompletion
        let timer: ProbeTimer
        let number: Int
    }

    let peer: String
    private let probe: TCPProbe
    private let loop: any EventLoop
    private var opened: ((Result<StreamConnection, ProbeError>) -> Void)?
    private var openTimer: ProbeTimer?
    private var channel: (any Channel)?
    private var buffer = StreamBuffer()
    private var pending: PendingRead?
    private var readNumber = 0
    private var hasEnded = false
    private var failure: ProbeError.Fault?
    private var isClosed = false

    private let trust: TrustStore

    init(_ probe: TCPProbe, loop: any EventLoop, trust: TrustStore) {
        self.probe = probe
        self.loop = loop
        self.trust = trust
        peer = "\(probe.address)"
    }

    func open(_ done: @escaping (Result<StreamConnection, ProbeError>) -> Void) {
        opened = done
        openTimer = armTimer { [self] in
            finishOpening(.failure(timedOut(probe.call)))
            close()
        }
        guard let tls = probe.tls else { return connect(security: nil) }
        trust.context(tls) { [self] result in
            switch result {
            case .success(let context): connect(security: context)
            case .failure(let fault):
                loop.assumeIsolated().execute { [self] in failOpening(fault) }
            }
        }
    }

    private func connect(security: NIOSSLContext?) {
        guard !isClosed else { return }
        guard let bootstrap = bootstrap(security), let address = socketAddress else {
            loop.assumeIsolated().execute { [self] in
                failOpening(.invalid("not a usable address"))
            }
            return
        }
        bootstrap.connect(to: address).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel):
                self.channel = channel
                if isClosed {
                    channel.close(promise: nil)
                } else if security == nil {
                    finishOpening(.success(self))
                } else {
                    // The handshake reads on by itself from here.
                    channel.read()
                }
            case .failure(let error): failOpening(fault(of: error))
            }
        }
    }

    private func failOpening(_ fault: ProbeError.Fault) {
        finishOpening(.failure(ProbeError(call: probe.call, fault)))
    }

    private var socketAddress: SocketAddress? { SocketAddress(probe.address) }

    private func bootstrap(_ security: NIOSSLContext?) -> ClientBootstrap? {
        let handler = NIOLoopBound(
            StreamHandler(
                received: { [self] in received($0) }, ended: { [self] in ended($0) },
                secured: { [self] in finishOpening(.success(self)) }),
            eventLoop: loop)
        let connection = NIOLoopBound(self, eventLoop: loop)
        let serverName = probe.tls?.serverName
        let bootstrap = ClientBootstrap(group: loop)
            // Ours is the timer that fires, with our words.
            .connectTimeout(.milliseconds(Int64(max(0, probe.timeoutMilliseconds))) + .seconds(1))
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connection.value.channel = channel
                    if let security {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: security, serverHostname: serverName))
                    }
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
        guard let source = probe.source else { return bootstrap }
        return SocketAddress(Endpoint(address: source, port: 0)).map { bootstrap.bind(to: $0) }
    }

    private func finishOpening(_ result: Result<StreamConnection, ProbeError>) {
        let done = opened
        opened = nil
        openTimer?.cancel()
        openTimer = nil
        done?(result)
    }

    // MARK: - Reading and writing

    func read(_ amount: ReadAmount, _ done: @escaping ReadCompletion) -> ProbeHandle {
        readNumber += 1
        let number = readNumber
        guard pending == nil, !isClosed else {
            let fault = ProbeError.Fault.invalid(
                isClosed ? "the connection is closed" : "a read is already waiting")
            let soon = afterThis { [self] in done(.failure(error("tcp.read", fault))) }
            return ProbeHandle { soon.cancel() }
        }
        let timer = armTimer { [self] in
            complete(.failure(timedOut("tcp.read \(peer)")))
        }
        pending = PendingRead(amount: amount, done: done, timer: timer, number: number)
        loop.assumeIsolated().execute { [self] in serve(reading: true) }
        return ProbeHandle { [self] in
            guard pending?.number == number else { return }
            pending?.timer.cancel()
            pending = nil
        }
    }

    /// Completes the pending read if it can be, else asks the channel for more.
    private func serve(reading: Bool) {
        guard let pending else { return }
        switch buffer.take(pending.amount, hasEnded: hasEnded) {
        case .bytes(let bytes): complete(.success(bytes))
        case .tooLong:
            complete(.failure(error("tcp.read", .tooLong(bytesMax: ReadAmount.bytesMax))))
        case .end:
            complete(failure.map { .failure(error("tcp.read", $0)) } ?? .success(nil))
        case .needsMore: if reading { channel?.read() }
        }
    }

    private func complete(_ result: Result<[UInt8]?, ProbeError>) {
        let read = pending
        pending = nil
        read?.timer.cancel()
        read?.done(result)
    }

    func write(
        _ bytes: [UInt8], _ done: @escaping (Result<Void, ProbeError>) -> Void
    ) -> ProbeHandle {
        var waiting: ((Result<Void, ProbeError>) -> Void)? = done
        func finish(_ result: Result<Void, ProbeError>) {
            let done = waiting
            waiting = nil
            done?(result)
        }
        guard let channel, !isClosed else {
            let soon = afterThis { [self] in
                finish(.failure(error("tcp.write", .invalid("the connection is closed"))))
            }
            return ProbeHandle { soon.cancel() }
        }
        let timer = armTimer { [self] in
            finish(.failure(timedOut("tcp.write \(peer)")))
        }
        let written = loop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] result in
            timer.cancel()
            switch result {
            case .success: finish(.success(()))
            case .failure(let cause):
                finish(.failure(error("tcp.write", fault(of: cause))))
            }
        }
        loop.assumeIsolated().execute {
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: written)
        }
        return ProbeHandle {
            waiting = nil
            timer.cancel()
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        opened = nil
        openTimer?.cancel()
        pending?.timer.cancel()
        pending = nil
        channel?.close(promise: nil)
        channel = nil
    }

    // MARK: - The channel's side

    private func received(_ bytes: ByteBufferView) {
        buffer.append(bytes)
        if buffer.hasOverflowed { channel?.close(promise: nil) }
        serve(reading: true)
    }

    private func ended(_ cause: (any Error)?) {
        // Many a server closes without TLS's own goodbye: an end like any other.
        if let cause, failure == nil, cause as? NIOSSLError != .uncleanShutdown {
            failure = fault(of: cause)
        }
        hasEnded = true
        // In a handshake, that was its end.
        if opened != nil { failOpening(failure ?? .closed) }
        serve(reading: false)
    }

    // MARK: - Words

    /// Fires when a step has taken as long as it may.
    private func armTimer(_ action: @escaping () -> Void) -> ProbeTimer {
        ProbeTimer(milliseconds: probe.timeoutMilliseconds, on: loop, action)
    }

    private func afterThis(_ action: @escaping () -> Void) -> Scheduled<Void> {
        loop.assumeIsolated().scheduleTask(in: .zero, action)
    }

    private func error(_ call: String, _ fault: ProbeError.Fault) -> ProbeError {
        ProbeError(call: "\(call) \(peer)", fault)
    }

    private func timedOut(_ call: String) -> ProbeError {
        ProbeError(call: call, .timedOut(milliseconds: probe.timeoutMilliseconds))
    }

    private func fault(of error: any Error) -> ProbeError.Fault {
        if let fault = TLSFault.fault(of: error) { return fault }
        if let error = error as? IOError {
            return ProbeError(call: "", errorNumber: error.errnoCode).fault
        }
        return error is ChannelError ? .reset : .system(EIO)
    }
}

extension SocketAddress {
    /// `nil` for what NIO cannot carry.
    fileprivate init?(_ endpoint: Endpoint) {
        let (storage, _) = endpoint.socketAddress
        switch endpoint.address.family {
        case .v4:
            self.init(withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in.self) })
        case .v6:
            self.init(withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in6.self) })
        }
    }
}
