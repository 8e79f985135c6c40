// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// Starts the controller, says that it is ready, and takes everything down in order.
///
/// The way down needs nothing from control's event loop, which may hang in a C function by then
/// (DESIGN §9): the speaker withdraws and says its Cease first, then the plane stops reading and
/// lets queries in flight end, then the process goes. A start that is under way is not waited for.
struct ControlService: Service {
    let controller: Controller
    let options: RunOptions
    let readiness: Readiness

    /// The whole way down (DESIGN §9); what is not done by then is not waited for.
    static let shutdownSecondsMax = 10

    private enum Start {
        case serving
        case failed(any Error)
        case stopped
    }

    func run() async throws {
        switch await start() {
        case .serving:
            readiness.finish(isServing: true)
            try await gracefulShutdown()
            options.logger.notice("withdrawing every route and closing every session")
            controller.noteStop()
        case .failed(let error):
            await stop(text: "pharos could not start")
            throw error
        case .stopped:
            options.logger.notice("told to stop before it served")
        }
        controller.notifier.stopping("withdrawing and draining")
        await stop(text: controller.stopText)
        unlink(options.controlPath)
        options.logger.notice("stopped")
    }

    /// Waits for the start or for the word to stop, whichever is first.
    private func start() async -> Start {
        let (outcomes, outcome) = AsyncStream<Start>.makeStream()
        Task {
            do {
                try await controller.start()
                try await openSocket()
                options.announce(await controller.noteReady())
                outcome.yield(.serving)
            } catch {
                outcome.yield(.failed(error))
            }
        }
        return await withGracefulShutdownHandler {
            for await first in outcomes { return first }
            return .stopped
        } onGracefulShutdown: {
            outcome.yield(.stopped)
        }
    }

    private func openSocket() async throws {
        do {
            try await ControlSocket.open(
                path: options.controlPath, on: controller.eventLoop
            ) { [controller] request, peer in
                await controller.answer(request, by: peer)
            }
        } catch {
            throw DaemonError.listener("control socket \(options.controlPath): \(error)")
        }
    }

    /// Takes down what was started, within the time, or at once after a second signal.
    private func stop(text: String) async {
        controller.beginStopping()
        guard let handles = controller.startedHandles else { return }
        let logger = options.logger
        let second = Task { [controller] in
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                logger.warning("a second signal: not waiting any longer")
                await Self.finish(controller)
                _exit(0)
            }
        }
        defer { second.cancel() }
        let limit = Duration.seconds(Self.shutdownSecondsMax)
        let isDone = await Deadline.wait(limit) { [controller] in
            await controller.leave(isGraceful: !controller.isHurried)
            await handles.stop(text: text)
        }
        if !isDone {
            logger.warning("still draining after \(limit / .seconds(1)) s: not waiting any longer")
        }
        await Self.finish(controller)
    }

    /// The end was one in order: that is written down, if the disk takes it in time.
    private static func finish(_ controller: Controller) async {
        let files = controller.files
        _ = await Deadline.wait(.seconds(1)) {
            _ = await BuilderThread.run { () -> Bool in
                files.finish()
                return true
            }
        }
    }
}
