// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import NIOCore
import NIOPosix

/// A check's TCP connection on an event loop.
///
/// It reads from its socket only while somebody waits for bytes, so a talkative peer fills the
/// kernel's buffer and not ours.
final class StreamConnection: ProbeConnection {
    typealias ReadCompletion = (Result<[UInt8]?, ProbeError>) -> Void

    private struct PendingRead {
        let amount: ReadAmount
        let done: ReadCompletion
        let timer: Scheduled<Void>
        let number: Int
    }

    let peer: String
    private let probe: TCPProbe
    private let loop: any EventLoop
    private var opened: ((Result<StreamConnection, ProbeError>) -> Void)?
    private var openTimer: Scheduled<Void>?
    private var channel: (any Channel)?
    private var buffer = StreamBuffer()
    private var pending: PendingRead?
    private var readNumber = 0
    private var hasEnded = false
    private var failure: ProbeError.Fault?
    private var isClosed = false

    init(_ probe: TCPProbe, loop: any EventLoop) {
        self.probe = probe
        self.loop = loop
        peer = "\(probe.address)"
    }

    func open(_ done: @escaping (Result<StreamConnection, ProbeError>) -> Void) {
        opened = done
        let timeout = TimeAmount.milliseconds(Int64(max(0, probe.timeoutMilliseconds)))
        openTimer = after(timeout) { [self] in
            finishOpening(.failure(timedOut(probe.call)))
            close()
        }
        guard let bootstrap = bootstrap(timeout: timeout), let address = socketAddress else {
            loop.assumeIsolated().execute { [self] in
                finishOpening(
                    .failure(ProbeError(call: probe.call, .invalid("not a usable address"))))
            }
            return
        }
        bootstrap.connect(to: address).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel):
                self.channel = channel
                isClosed ? channel.close(promise: nil) : finishOpening(.success(self))
            case .failure(let error):
                finishOpening(.failure(ProbeError(call: probe.call, errorNumber: number(error))))
            }
        }
    }

    private var socketAddress: SocketAddress? { SocketAddress(probe.address) }

    private func bootstrap(timeout: TimeAmount) -> ClientBootstrap? {
        let handler = NIOLoopBound(
            StreamHandler(
                received: { [self] in received($0) }, ended: { [self] in ended($0) }),
            eventLoop: loop)
        let connection = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            // Ours is the timer that fires, with our words.
            .connectTimeout(timeout + .seconds(1))
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connection.value.channel = channel
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
        let timeout = TimeAmount.milliseconds(Int64(max(0, probe.timeoutMilliseconds)))
        guard pending == nil, !isClosed else {
            let fault = ProbeError.Fault.invalid(
                isClosed ? "the connection is closed" : "a read is already waiting")
            let soon = after(.zero) { [self] in done(.failure(error("tcp.read", fault))) }
            return ProbeHandle { soon.cancel() }
        }
        let timer = after(timeout) { [self] in
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
            let soon = after(.zero) { [self] in
                finish(.failure(error("tcp.write", .invalid("the connection is closed"))))
            }
            return ProbeHandle { soon.cancel() }
        }
        let timer = after(.milliseconds(Int64(max(0, probe.timeoutMilliseconds)))) { [self] in
            finish(.failure(timedOut("tcp.write \(peer)")))
        }
        let written = loop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] result in
            timer.cancel()
            switch result {
            case .success: finish(.success(()))
            case .failure(let cause):
                finish(
                    .failure(
                        ProbeError(call: "tcp.write \(peer)", errorNumber: self.number(cause))))
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
        if let cause, failure == nil {
            failure = ProbeError(call: "", errorNumber: number(cause)).fault
        }
        hasEnded = true
        serve(reading: false)
    }

    // MARK: - Words

    private func after(
        _ time: TimeAmount, _ action: @escaping () -> Void
    ) -> Scheduled<Void> {
        loop.assumeIsolated().scheduleTask(in: time, action)
    }

    private func error(_ call: String, _ fault: ProbeError.Fault) -> ProbeError {
        ProbeError(call: "\(call) \(peer)", fault)
    }

    private func timedOut(_ call: String) -> ProbeError {
        ProbeError(call: call, .timedOut(milliseconds: probe.timeoutMilliseconds))
    }

    private func number(_ error: any Error) -> Int32 {
        if let error = error as? IOError { return error.errnoCode }
        return error is ChannelError ? ECONNRESET : EIO
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
