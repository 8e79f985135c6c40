// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// Probes on one NIO event loop: called there, completing there. Blocks nowhere.
public final class EventLoopProber: Prober {
    private let loop: any EventLoop

    public init(loop: any EventLoop) { self.loop = loop }

    public func query(
        _ probe: DNSProbe, _ done: @escaping (Result<DNSProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle {
        let exchange = DNSExchange(probe, loop: loop, prober: self, done)
        exchange.start()
        return ProbeHandle { exchange.cancel() }
    }

    public func connect(
        _ probe: TCPProbe, _ done: @escaping (Result<any ProbeConnection, ProbeError>) -> Void
    ) -> ProbeHandle {
        let connection = StreamConnection(probe, loop: loop)
        connection.open { result in done(result.map { $0 as any ProbeConnection }) }
        return ProbeHandle { connection.close() }
    }

    public func run(
        _ probe: ProcessProbe, _ done: @escaping (Result<ProcessOutcome, ProbeError>) -> Void
    ) -> ProbeHandle {
        let run = ProcessRun(probe, loop: loop, done)
        run.start()
        return ProbeHandle { run.cancel() }
    }

    public func sleep(milliseconds: Int, _ done: @escaping () -> Void) -> ProbeHandle {
        let timer = loop.assumeIsolated().scheduleTask(
            in: .milliseconds(Int64(max(0, milliseconds))), done)
        return ProbeHandle { timer.cancel() }
    }
}
