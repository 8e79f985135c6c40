// SPDX-License-Identifier: Apache-2.0

public import NIOCore

/// Probes on one NIO event loop: called there, completing there. Blocks nowhere.
public final class EventLoopProber: Prober {
    private let loop: any EventLoop
    private let trust: TrustStore
    private let clients: HTTPClients
    private let tally: QueryTally

    /// `tally` counts what ``query(_:_:)`` sends.
    public init(loop: any EventLoop, tally: QueryTally = QueryTally()) {
        self.loop = loop
        self.tally = tally
        trust = TrustStore(loop: loop)
        clients = HTTPClients(loop: loop)
    }

    /// Ends its HTTP clients; HTTP requests fail from now on. Called on the loop, which must go on
    /// until the future completes.
    public func shutdown() -> EventLoopFuture<Void> { clients.shutdown() }

    public func query(
        _ probe: DNSProbe, _ done: @escaping (Result<DNSProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle {
        let exchange = DNSExchange(probe, loop: loop, prober: self, tally: tally, done)
        exchange.start()
        return ProbeHandle { exchange.cancel() }
    }

    public func connect(
        _ probe: TCPProbe, _ done: @escaping (Result<any ProbeConnection, ProbeError>) -> Void
    ) -> ProbeHandle {
        let connection = StreamConnection(probe, loop: loop, trust: trust)
        connection.open { result in done(result.map { $0 as any ProbeConnection }) }
        return ProbeHandle { connection.close() }
    }

    public func fetch(
        _ probe: HTTPProbe, _ done: @escaping (Result<HTTPProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle {
        let exchange = HTTPExchange(probe, loop: loop, done)
        exchange.start(clients, trust)
        return ProbeHandle { exchange.cancel() }
    }

    public func look(
        _ probe: FileProbe, _ done: @escaping (Result<FileState?, ProbeError>) -> Void
    ) -> ProbeHandle {
        FileLook.start(probe, loop: loop, done)
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
