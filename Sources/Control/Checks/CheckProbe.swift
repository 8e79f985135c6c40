// SPDX-License-Identifier: Apache-2.0

import Declarations
import NIOCore
import NIOPosix
import Probing
import Scripting

/// `pharos probe`: runs one check once, outside any daemon, and tells what it did.
public enum CheckProbe {
    /// Prints each call with its answer and time, then the verdict; returns whether it is up.
    ///
    /// - Throws: ``DaemonError`` when the configuration does not evaluate or has no such check.
    public static func run(
        _ name: String, in source: ConfigurationSource, settings: [String: String],
        print: @escaping @Sendable (String) -> Void
    ) async throws(DaemonError) -> Bool {
        let built = try await Validation.build(source, settings: settings)
        let checks = built.configuration.checks
        guard let index = checks.firstIndex(where: { $0.name == name }) else {
            let known = checks.map(\.name).joined(separator: ", ")
            throw .request(
                "\(source.name): no check is called \(name); "
                    + (known.isEmpty ? "it declares none" : "it declares \(known)"))
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let probe = LoopProbe(eventLoop: group.next())
        let lines = await probe.run(built, index: index)
        for line in lines.text { print(line) }
        do {
            try await group.shutdownGracefully()
        } catch {
            throw .request("the probe's event loop does not end: \(error)")
        }
        return lines.isUp
    }

    /// Holds the prober and the run on one event loop.
    private actor LoopProbe {
        private nonisolated let serialExecutor: any SerialExecutor
        private let eventLoop: any EventLoop

        nonisolated var unownedExecutor: UnownedSerialExecutor {
            serialExecutor.asUnownedSerialExecutor()
        }

        init(eventLoop: any EventLoop) {
            self.eventLoop = eventLoop
            serialExecutor = eventLoop.executor
        }

        /// One run for each target; up when the check as a whole would be.
        func run(_ built: BuiltGeneration, index: Int) async -> (text: [String], isUp: Bool) {
            let declaration = built.configuration.checks[index]
            var text: [String] = []
            var up = 0
            for unit in declaration.units {
                let target = declaration.target(unit)
                let run = await run(built, index: index, target: target)
                text += run.text
                if run.isUp { up += 1 }
            }
            let count = declaration.units.count
            return (text, up >= declaration.targetsUp.needed(of: count))
        }

        private func run(
            _ built: BuiltGeneration, index: Int, target: CheckTarget?
        ) async -> (text: [String], isUp: Bool) {
            let clock = ControlClock(onLoop: eventLoop)
            let declaration = built.configuration.checks[index]
            let prober = EventLoopProber(loop: eventLoop)
            let trace = Recorded()
            let start = clock.now
            let outcome = await CheckRehearsal(clock: clock, prober: prober).run(
                index, of: declaration, target: target, scripts: built.generation.control,
                previous: nil, trace: { trace.value = $0 })
            let seconds = (clock.now - start) / .seconds(1)
            do {
                try await prober.shutdown().get()
            } catch {
                // Nothing is asked with it any more; its connections end with the process.
            }
            var text = trace.value.map { TraceText($0).lines } ?? []
            let name = CheckUnit(check: declaration.name, target: target?.name).title
            text.append("\(name): \(Self.words(outcome)), after \(TraceText.rounded(seconds)) s")
            if case .up = outcome { return (text, true) }
            return (text, false)
        }

        private final class Recorded {
            var value: CheckTrace?
        }

        private static func words(_ outcome: Scripting.CheckOutcome) -> String {
            func with(_ detail: String) -> String {
                detail.isEmpty ? "" : " (\(detail.onOneLine))"
            }
            return switch outcome {
            case .up(let score, let detail):
                (score < 1 ? "up, score \(score)" : "up") + with(detail)
            case .down(let detail, _): "down" + with(detail)
            case .error(let fault):
                "error: \(fault)" + (fault.traceback.isEmpty ? "" : "\n\(fault.traceback)")
            }
        }
    }
}
