// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Glibc
import NIOCore
import NIOPosix

/// One call of `dns.query` on an event loop: owns its socket, its timer and its completion.
final class DNSExchange {
    /// What one UDP answer may take.
    private static let datagramBytesMax = DNSProbe.payloadBytesRange.upperBound

    private let probe: DNSProbe
    private let loop: any EventLoop
    private let prober: any Prober
    private let tally: QueryTally
    private let started = NIODeadline.now()
    private var machine: StateMachine
    private var done: ((Result<DNSProbeReply, ProbeError>) -> Void)?
    private var id: UInt16 = 0
    private var query: [UInt8] = []
    private var channel: (any Channel)?
    private var stream: (any ProbeConnection)?
    private var streamStep: ProbeHandle?
    private var timer: ProbeTimer?

    init(
        _ probe: DNSProbe, loop: any EventLoop, prober: any Prober, tally: QueryTally,
        _ done: @escaping (Result<DNSProbeReply, ProbeError>) -> Void
    ) {
        self.probe = probe
        self.loop = loop
        self.prober = prober
        self.tally = tally
        self.done = done
        machine = StateMachine(
            transport: probe.transport, timeoutMilliseconds: probe.timeoutMilliseconds,
            retries: probe.retries)
    }

    func start() { perform(machine.start(), answer: []) }

    func cancel() {
        machine.cancel()
        done = nil
        release()
    }

    private func perform(_ action: StateMachine.Action, answer: [UInt8]) {
        switch action {
        case .wait: break
        case .sendDatagram:
            closeLegs()
            armTimer()
            sendDatagram()
        case .openStream(let isNewTry):
            closeLegs()
            if isNewTry { armTimer() }
            openStream()
        case .deliver:
            let nanoseconds = (NIODeadline.now() - started).nanoseconds
            finish(
                .success(
                    DNSProbeReply(
                        bytes: answer, transport: stream == nil ? .udp : .tcp,
                        seconds: Double(nanoseconds) / 1e9, call: call)))
        case .fail(let fault): finish(.failure(ProbeError(call: call, fault)))
        }
    }

    /// Names the leg when it is not UDP's, which goes without saying.
    private var call: String { isStreaming ? "\(probe.call) tcp" : probe.call }
    private var isStreaming = false

    private func armTimer() {
        timer?.cancel()
        timer = ProbeTimer(milliseconds: probe.timeoutMilliseconds, on: loop) { [self] in
            perform(machine.timedOut(), answer: [])
        }
    }

    private func finish(_ result: Result<DNSProbeReply, ProbeError>) {
        let done = self.done
        self.done = nil
        release()
        done?(result)
    }

    private func release() {
        timer?.cancel()
        timer = nil
        closeLegs()
    }

    private func closeLegs() {
        channel?.close(promise: nil)
        channel = nil
        streamStep?.cancel()
        streamStep = nil
        stream?.close()
        stream = nil
        isStreaming = false
    }

    private func newQuery() {
        id = UInt16.random(in: .min ... .max)
        query = probe.encoded(id: id)
    }

    private func received(_ bytes: [UInt8]) {
        perform(
            machine.received(AnswerMatch(bytes, id: id, to: query)), answer: bytes)
    }

    /// Never completes before the caller has returned.
    private func failSoon(_ number: Int32) {
        let fault = ProbeError(call: call, errorNumber: number).fault
        loop.assumeIsolated().execute { [self] in perform(machine.failed(fault), answer: []) }
    }
}

// MARK: - UDP

extension DNSExchange {
    private func sendDatagram() {
        newQuery()
        let descriptor: Int32
        do throws(DescriptorError) {
            descriptor = try DatagramSocket.open(
                to: probe.server, source: probe.source, interface: probe.sourceInterface)
        } catch {
            failSoon(error.number)
            return
        }
        tally.count(probe.server)
        // Sent before NIO has the socket: an error is known at once, and it costs one call.
        guard send(descriptor, query, query.count, 0) == query.count else {
            let number = errno
            close(descriptor)
            failSoon(number)
            return
        }
        let tryID = id
        let handler = NIOLoopBound(
            DatagramHandler(
                received: { [self] in if tryID == id { received($0) } },
                failed: { [self] in if tryID == id { datagramFailed($0) } }),
            eventLoop: loop)
        DatagramBootstrap(group: loop)
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(
                    capacity: Self.datagramBytesMax)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .withBoundSocket(descriptor)
            .assumeIsolated()
            .whenComplete { [self] result in registered(result) }
    }

    private func registered(_ result: Result<any Channel, any Error>) {
        switch result {
        case .success(let channel):
            guard machine.isDone else {
                self.channel = channel
                return
            }
            channel.close(promise: nil)
        case .failure(let error): datagramFailed(error)
        }
    }

    private func datagramFailed(_ error: any Error) {
        let number = (error as? IOError)?.errnoCode ?? EIO
        perform(
            machine.failed(ProbeError(call: call, errorNumber: number).fault), answer: [])
    }
}

// MARK: - TCP (RFC 7766: a length of two octets before each message)

extension DNSExchange {
    private func openStream() {
        newQuery()
        isStreaming = true
        var request = TCPProbe(address: probe.server)
        request.timeoutMilliseconds = probe.timeoutMilliseconds
        request.source = probe.source
        streamStep = prober.connect(request) { [self] result in
            step(result) { connection in
                stream = connection
                tally.count(probe.server)
                let length = UInt16(query.count)
                streamStep = connection.write([UInt8(length >> 8), UInt8(length & 0xff)] + query) {
                    [self] result in step(result) { readMessage(from: connection) }
                }
            }
        }
    }

    private func readMessage(from connection: any ProbeConnection) {
        streamStep = connection.read(.count(2)) { [self] result in
            step(result) { prefix in
                guard let prefix, prefix.count == 2 else { return streamFailed(.closed) }
                let length = Int(prefix[0]) << 8 | Int(prefix[1])
                streamStep = connection.read(.count(length)) { [self] result in
                    step(result) { message in
                        guard let message, message.count == length else {
                            return streamFailed(.closed)
                        }
                        received(message)
                        // A foreign message: the right one may follow.
                        if !machine.isDone { readMessage(from: connection) }
                    }
                }
            }
        }
    }

    private func step<Value>(
        _ result: Result<Value, ProbeError>, _ next: (Value) -> Void
    ) {
        switch result {
        case .success(let value): next(value)
        case .failure(let error): streamFailed(error.fault)
        }
    }

    private func streamFailed(_ fault: ProbeError.Fault) {
        // Our own timer says how long nothing came; the connection's is never the shorter one.
        if case .timedOut = fault { return }
        perform(machine.failed(fault), answer: [])
    }
}
