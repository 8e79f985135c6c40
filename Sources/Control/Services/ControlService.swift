// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// Starts the controller, says that it is ready, and takes everything down in order.
///
/// The way down needs nothing from control's event loop, which may hang in a C function by then
/// (DESIGN §9): the speaker withdraws and says its Cease first, then the plane stops reading and
/// lets queries in flight end, then the process goes.
struct ControlService: Service {
    let controller: Controller
    let options: RunOptions
    let readiness: Readiness

    /// The whole way down (DESIGN §9); what is not done by then is not waited for.
    static let shutdownSecondsMax = 10

    func run() async throws {
        let plane = try await controller.start()
        let reply: @Sendable (ControlRequest) async -> ControlReply = { [controller] request in
            await controller.answer(request)
        }
        let socket: ControlSocket
        do {
            socket = try await ControlSocket.open(
                path: options.controlPath, on: controller.eventLoop, handler: reply)
        } catch {
            await plane.stop(text: "pharos could not start", logger: options.logger)
            throw DaemonError.listener("control socket \(options.controlPath): \(error)")
        }
        let serving = await controller.noteReady()
        options.announce(serving)
        readiness.finish()
        try await gracefulShutdown()
        controller.notifier.stopping("withdrawing and draining")
        let logger = options.logger
        let second = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                logger.warning("a second signal: not waiting any longer")
                Glibc.exit(0)
            }
        }
        let limit = Duration.seconds(Self.shutdownSecondsMax)
        if await !Deadline.wait(
            limit, for: { await plane.stop(text: "pharos stops", logger: logger) })
        {
            logger.warning(
                "still draining after \(Self.shutdownSecondsMax) s: not waiting any longer")
        }
        second.cancel()
        unlink(socket.path)
        options.logger.notice("stopped")
    }
}
