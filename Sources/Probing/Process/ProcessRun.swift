// SPDX-License-Identifier: Apache-2.0
//
// The end of a process is found by looking: when its pipes close, which is at its exit for nearly
// every program, and every few milliseconds besides. That needs no SIGCHLD handler, which would
// belong to the whole daemon, and costs less than a hundredth of what starting the process did.

import Glibc
import NIOCore
import NIOPosix

/// One call of `exec.run` on an event loop: owns the process, its pipes and the timers.
final class ProcessRun {
    /// Between two looks at the process: the first after its pipes closed, and the most.
    private static let firstLookMilliseconds: Int64 = 1
    private static let lookMillisecondsMax: Int64 = 10
    /// How long output may still be read after the exit: what was written is in the pipe already,
    /// but something that left the group may hold it open.
    private static let drainMilliseconds: Int64 = 50

    private let probe: ProcessProbe
    private let loop: any EventLoop
    private let started = NIODeadline.now()
    private var done: ((Result<ProcessOutcome, ProbeError>) -> Void)?
    private var process: SpawnedProcess?
    private var streams = [OutputStream(), OutputStream()]
    private var ending: ProcessOutcome.Ending?
    private var deadline: Scheduled<Void>?
    private var look: Scheduled<Void>?
    private var lookMilliseconds = ProcessRun.firstLookMilliseconds

    /// One of standard output and standard error.
    private struct OutputStream {
        var bytes: [UInt8] = []
        var wasCut = false
        var hasEnded = false
        var channel: (any Channel)?
    }

    init(
        _ probe: ProcessProbe, loop: any EventLoop,
        _ done: @escaping (Result<ProcessOutcome, ProbeError>) -> Void
    ) {
        self.probe = probe
        self.loop = loop
        self.done = done
    }

    func start() {
        do throws(ProbeError) {
            try validate()
            try spawn()
        } catch {
            after(0) { [self] in finish(.failure(error)) }
            return
        }
        deadline = after(Int64(max(0, probe.timeoutMilliseconds))) { [self] in
            process?.killGroup()
            finish(
                .failure(
                    ProbeError(
                        call: probe.call,
                        .killed(afterMilliseconds: probe.timeoutMilliseconds))))
        }
        lookLater()
    }

    func cancel() {
        done = nil
        deadline?.cancel()
        process?.killGroup()
        closeStreams()
    }

    private func validate() throws(ProbeError) {
        guard let program = probe.arguments.first, !program.isEmpty else {
            throw ProbeError(call: probe.call, .invalid("no program given"))
        }
        let texts = probe.arguments + probe.environment.flatMap { [$0.key, $0.value] }
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw ProbeError(call: probe.call, .invalid("a zero octet in an argument"))
        }
    }

    private func spawn() throws(ProbeError) {
        do throws(DescriptorError) {
            let output = try Pipe()
            let errorOutput: Pipe
            do throws(DescriptorError) {
                errorOutput = try Pipe()
            } catch {
                output.closeBoth()
                throw error
            }
            do throws(DescriptorError) {
                process = try SpawnedProcess(
                    probe, output: output.writeEnd, errorOutput: errorOutput.writeEnd)
            } catch {
                output.closeBoth()
                errorOutput.closeBoth()
                throw error
            }
            close(output.writeEnd)
            close(errorOutput.writeEnd)
            collect(output.readEnd, into: 0)
            collect(errorOutput.readEnd, into: 1)
        } catch {
            throw ProbeError(
                call: probe.call, error.number == ENOENT ? .notFound : .system(error.number))
        }
    }

    private func collect(_ descriptor: Int32, into index: Int) {
        let handler = NIOLoopBound(
            StreamHandler(
                received: { [self] in received($0, index) },
                ended: { [self] _ in ended(index) }), eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel):
                    // Cancelled or over before it was registered.
                    if done == nil { channel.close(promise: nil) }
                    streams[index].channel = channel
                case .failure:
                    // NIO leaves a descriptor that it could not take to its owner.
                    close(descriptor)
                    ended(index)
                }
            }
    }

    private func received(_ bytes: ByteBufferView, _ index: Int) {
        let room = ProcessProbe.outputBytesMax - streams[index].bytes.count
        streams[index].bytes += bytes.prefix(room)
        if bytes.count > room { streams[index].wasCut = true }
    }

    private func ended(_ index: Int) {
        guard !streams[index].hasEnded else { return }
        streams[index].hasEnded = true
        guard streams.allSatisfy(\.hasEnded) else { return }
        if ending == nil {
            lookMilliseconds = Self.firstLookMilliseconds
            lookNow()
        } else {
            finishWithOutcome()
        }
    }

    // MARK: - The process's end

    /// Goes on after a timeout or a cancel: the process is ours to reap.
    private func lookLater() {
        look?.cancel()
        look = after(lookMilliseconds) { [self] in lookNow() }
        lookMilliseconds = min(2 * lookMilliseconds, Self.lookMillisecondsMax)
    }

    private func lookNow() {
        guard let process else { return }
        switch process.reap() {
        case .running: lookLater()
        case .lost:
            self.process = nil
            finish(.failure(ProbeError(call: probe.call, .system(ECHILD))))
        case .ended(let ending):
            self.process = nil
            self.ending = ending
            look?.cancel()
            if streams.allSatisfy(\.hasEnded) {
                finishWithOutcome()
            } else {
                after(Self.drainMilliseconds) { [self] in finishWithOutcome() }
            }
        }
    }

    private func finishWithOutcome() {
        guard let ending else { return }
        finish(
            .success(
                ProcessOutcome(
                    ending: ending, output: streams[0].bytes, errorOutput: streams[1].bytes,
                    outputWasCut: streams.contains(where: \.wasCut),
                    seconds: Double((NIODeadline.now() - started).nanoseconds) / 1e9)))
    }

    private func finish(_ result: Result<ProcessOutcome, ProbeError>) {
        let done = self.done
        self.done = nil
        deadline?.cancel()
        closeStreams()
        done?(result)
    }

    private func closeStreams() {
        for index in streams.indices { streams[index].channel?.close(promise: nil) }
    }

    @discardableResult
    private func after(
        _ milliseconds: Int64, _ action: @escaping () -> Void
    ) -> Scheduled<Void> {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds), action)
    }
}
