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
    private let probe: ProcessProbe
    private let loop: any EventLoop
    private let started = NIODeadline.now()
    private var done: ((Result<ProcessOutcome, ProbeError>) -> Void)?
    private var process: SpawnedProcess?
    private var streams = [OutputStream(), OutputStream()]
    private var deadline: Scheduled<Void>?
    private var look: Scheduled<Void>?
    private var lookMilliseconds = ProcessRun.firstLookMilliseconds

    /// One of standard output and standard error.
    private struct OutputStream {
        var bytes: [UInt8] = []
        var wasCut = false
        var hasEnded = false
        var channel: (any Channel)?
        /// The same pipe once more, to empty it at the exit without waiting for the event loop.
        var duplicate: Int32 = -1

        mutating func keep(_ new: some Collection<UInt8>) {
            let room = ProcessProbe.outputBytesMax - bytes.count
            bytes += new.prefix(room)
            if new.count > room { wasCut = true }
        }

        /// Takes what the dead process left in the pipe. Something that left its group may still
        /// write: the bound ends that.
        mutating func drain() {
            guard duplicate >= 0, !hasEnded else { return }
            var chunk = [UInt8](repeating: 0, count: 4_096)
            while !wasCut, case let count = read(duplicate, &chunk, chunk.count), count > 0 {
                keep(chunk[..<count])
            }
        }

        /// Gives the channel up to be closed, outside of this access: closing calls back.
        mutating func release() -> (any Channel)? {
            if duplicate >= 0 { close(duplicate) }
            duplicate = -1
            defer { channel = nil }
            return channel
        }
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
            // It may have ended long ago, and the loop was late.
            lookNow()
            guard done != nil else { return }
            process?.killFamily()
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
        process?.killFamily()
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
        streams[index].duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
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
                    guard done != nil else { return channel.close(promise: nil) }
                    streams[index].channel = channel
                case .failure:
                    // NIO leaves a descriptor that it could not take to its owner.
                    close(descriptor)
                    ended(index)
                }
            }
    }

    private func received(_ bytes: ByteBufferView, _ index: Int) {
        streams[index].keep(bytes)
    }

    private func ended(_ index: Int) {
        guard !streams[index].hasEnded else { return }
        streams[index].hasEnded = true
        // Still open pipes say nothing; closed ones mean that it has ended, or is about to.
        guard streams.allSatisfy(\.hasEnded), process != nil else { return }
        lookMilliseconds = Self.firstLookMilliseconds
        lookNow()
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
            look?.cancel()
            for index in streams.indices { streams[index].drain() }
            finishWithOutcome(ending)
        }
    }

    private func finishWithOutcome(_ ending: ProcessOutcome.Ending) {
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
        let channels = streams.indices.compactMap { streams[$0].release() }
        for channel in channels { channel.close(promise: nil) }
    }

    @discardableResult
    private func after(
        _ milliseconds: Int64, _ action: @escaping () -> Void
    ) -> Scheduled<Void> {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds), action)
    }
}
