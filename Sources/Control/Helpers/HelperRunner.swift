// SPDX-License-Identifier: Apache-2.0
//
// A helper is a program of somebody else: it may write faster than anybody reads, never read, end at
// any time. So its lines are taken a bounded number in a turn of the loop and not read before they
// are wanted, what it is told is bounded and dropped beyond, and its end is found by looking.

import Declarations
import ExaBGP
import Glibc
import Logging
import NIOCore
import NIOPosix
import Probing

/// Runs one helper and hands over what it says. Confined to control's event loop.
final class HelperRunner {
    /// What a runner needs of its table.
    protocol Delegate: AnyObject {
        /// Does what a helper said; the lines are its answer, a string why it was not done.
        func perform(_ request: HelperRequest, of runner: HelperRunner) -> Result<
            [String], HelperRefusal
        >
        /// A turn is over; `hasMore` when there are lines left for the next one.
        func settle(hasMore: Bool)
        func helperStarted(_ runner: HelperRunner)
        func helperEnded(_ runner: HelperRunner)
    }

    struct HelperRefusal: Error {
        let words: String
    }

    /// Lines in a turn of the loop: default 256, about 5 ms.
    private static let linesPerTurn = 256
    private static let turnMilliseconds: Int64 = 5
    /// Before it is started again: doubled each time, from 1 s to 30 s, and 1 s again after it lived
    /// for a minute.
    private static let respawnSeconds = 1.0...30.0
    private static let settledSeconds = 60.0
    private static let lookMilliseconds: Int64 = 500
    private static let terminateMilliseconds: Int64 = 2_000
    /// For what it wrote before it ended: something that left its group may hold its output open.
    private static let remainderMilliseconds: Int64 = 2_000

    var declaration: HelperDeclaration
    private(set) var figures = Figures()
    private(set) var dialogue: HelperDialogue
    private let host: HelperDialogue.Host
    private let loop: NIOIsolatedEventLoop
    private let clock: ControlClock
    private let logger: Logger
    private unowned let delegate: any Delegate

    private var process: PipedProcess?
    private var channel: (any Channel)?
    private var input = HelperInput(descriptor: -1)
    private var output = HelperOutput()
    private var lineNumber = 0
    private var respawnDelay = respawnSeconds.lowerBound
    private var isWorkDue = false
    /// How it ended, while there may be lines of it left.
    private var ending: String?
    private var hasOutputEnded = false
    private var isStopped = false
    private var timer: Scheduled<Void>?
    private var onStopped: (() -> Void)?
    private var lastErrorLogged: Duration?

    /// For status.
    struct Figures {
        var isRunning = false
        var processID: Int32 = 0
        /// When it was started or ended last.
        var since = Duration.zero
        var starts = 0
        var commands: UInt64 = 0
        var errors: UInt64 = 0
        var dropped: UInt64 = 0
        var lastError = ""
    }

    init(
        _ declaration: HelperDeclaration, host: HelperDialogue.Host, clock: ControlClock,
        logger: Logger, delegate: any Delegate
    ) {
        self.declaration = declaration
        self.host = host
        self.clock = clock
        self.loop = clock.loop
        self.logger = logger
        self.delegate = delegate
        dialogue = HelperDialogue(declaration, host: host)
    }

    var name: String { declaration.name }

    // MARK: Start and end

    func start() {
        guard !isStopped, process == nil else { return }
        let process: PipedProcess
        do throws(ProbeError) {
            process = try PipedProcess(
                declaration.arguments, searchPath: declaration.searchPath,
                environment: ["TERM": "dumb"])
        } catch {
            note(error: "cannot be started: \(error)")
            figures.since = clock.now
            respawn()
            return
        }
        self.process = process
        figures.isRunning = true
        figures.processID = process.id
        figures.since = clock.now
        figures.starts += 1
        dialogue = HelperDialogue(declaration, host: host)
        input = HelperInput(descriptor: process.input)
        output = HelperOutput()
        hasOutputEnded = false
        lineNumber = 0
        logger.notice("helper \(name) runs, process \(process.id)")
        read(process.output)
        delegate.helperStarted(self)
        lookLater()
    }

    /// Ends it for good; `done` is called once it has.
    func stop(_ done: @escaping () -> Void = {}) {
        isStopped = true
        timer?.cancel()
        guard let process else { return done() }
        onStopped = done
        process.terminate()
        loop.scheduleTask(in: .milliseconds(Self.terminateMilliseconds)) { [self] in
            self.process?.kill()
        }
        lookLater(milliseconds: 5)
    }

    /// Ends it at once: nobody has the time to wait.
    func kill() {
        isStopped = true
        process?.kill()
        look()
    }

    private func lookLater(milliseconds: Int64 = HelperRunner.lookMilliseconds) {
        timer?.cancel()
        timer = loop.scheduleTask(in: .milliseconds(milliseconds)) { [self] in
            look()
            if process != nil, ending == nil {
                input.flush()
                lookLater(milliseconds: isStopped ? 20 : Self.lookMilliseconds)
            }
        }
    }

    /// Whether it has ended.
    private func look() {
        guard let process, ending == nil else { return }
        switch process.reap() {
        case .running: return
        case .ended(let how): ending = "\(how)"
        case .lost: ending = "its status is lost"
        }
        // Its output tells when the last of it was read.
        guard !isStopped, !hasOutputEnded || isWorkDue else { return ended() }
        loop.scheduleTask(in: .milliseconds(Self.remainderMilliseconds)) { [self] in
            if ending != nil { ended() }
        }
    }

    private func ended() {
        let words = ending ?? "its output closed"
        ending = nil
        delegate.settle(hasMore: false)
        let lived = (clock.now - figures.since) / .seconds(1)
        process = nil
        input.close()
        channel?.close(promise: nil)
        channel = nil
        timer?.cancel()
        figures.isRunning = false
        figures.processID = 0
        figures.since = clock.now
        if !isStopped { note(error: "ended with \(words)") }
        delegate.helperEnded(self)
        onStopped?()
        onStopped = nil
        if lived >= Self.settledSeconds { respawnDelay = Self.respawnSeconds.lowerBound }
        respawn()
    }

    private func respawn() {
        guard !isStopped, declaration.respawns else { return }
        let delay = respawnDelay
        respawnDelay = min(2 * delay, Self.respawnSeconds.upperBound)
        timer = clock.schedule(at: clock.now + .seconds(delay)) { [self] in start() }
    }

    // MARK: What it says

    private func read(_ descriptor: Int32) {
        let handler = NIOLoopBound(
            HelperChannelHandler { [weak self] event in self?.handle(event) },
            eventLoop: clock.eventLoop)
        NIOPipeBootstrap(group: clock.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64 * 1024)
            )
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
                    guard process != nil else { return channel.close(promise: nil) }
                    self.channel = channel
                    channel.read()
                case .failure(let error):
                    close(descriptor)
                    note(error: "its output cannot be read: \(error)")
                    process?.kill()
                }
            }
    }

    private func handle(_ event: HelperChannelHandler.Event) {
        switch event {
        case .bytes(let bytes):
            output.append(bytes)
            work()
        case .ended:
            guard channel != nil else { return }
            channel = nil
            hasOutputEnded = true
            // Lines may be left, which take their turns.
            if !isWorkDue { conclude() }
        }
    }

    /// Its output has ended: nearly always with it; one that goes on is looked at later.
    private func conclude() {
        guard ending == nil else { return ended() }
        look()
        if process != nil { lookLater(milliseconds: 10) }
    }

    /// A turn: so many lines, then everybody else.
    private func work() {
        guard !isWorkDue else { return }
        let deadline = NIODeadline.now() + .milliseconds(Self.turnMilliseconds)
        var count = 0
        var hasMore = false
        while let line = output.next() {
            take(line)
            count += 1
            if count >= Self.linesPerTurn || (count % 16 == 0 && NIODeadline.now() > deadline) {
                hasMore = output.hasLine
                break
            }
        }
        figures.dropped = input.dropped
        delegate.settle(hasMore: hasMore)
        guard hasMore else {
            if hasOutputEnded { conclude() } else { channel?.read() }
            return
        }
        isWorkDue = true
        loop.execute { [self] in
            isWorkDue = false
            if process != nil { work() }
        }
    }

    private func take(_ line: String) {
        lineNumber += 1
        do throws(ExaBGPFault) {
            guard
                let request = try HelperLineReader.read(
                    line, helper: "helper \(name)", number: lineNumber)
            else { return }
            figures.commands += 1
            switch delegate.perform(request, of: self) {
            case .success(let lines):
                tell(dialogue.done(request.command, lines: lines))
            case .failure(let refusal): refuse("\(refusal.words)", line)
            }
        } catch {
            figures.commands += 1
            refuse(error.message, line)
        }
    }

    private func refuse(_ words: String, _ line: String) {
        note(error: "\(words): \(line.prefix(200).description.onOneLine)")
        tell(dialogue.failed())
    }

    /// Kept for status; logged at most once a second.
    private func note(error words: String) {
        figures.errors += 1
        figures.lastError = words
        let now = clock.now
        if let lastErrorLogged, now - lastErrorLogged < .seconds(1) { return }
        lastErrorLogged = now
        logger.warning("helper \(name): \(words)")
    }

    // MARK: What it is told

    private func tell(_ text: String) {
        guard input.write(text) else { return }
        logger.warning(
            "helper \(name) does not read its standard input: what it would be told is dropped")
    }

    /// Tells it of a neighbour.
    func tell(
        _ change: HelperDialogue.Change, of neighbor: NeighborDeclaration, reason: String
    ) {
        guard process != nil else { return }
        tell(
            dialogue.event(
                change, neighbor: neighbor, localAddress: neighbor.localAddress, reason: reason,
                unixSeconds: ControlClock.unixSeconds))
    }
}
