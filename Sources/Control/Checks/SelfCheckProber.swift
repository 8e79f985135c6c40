// SPDX-License-Identifier: Apache-2.0

import Probing
import Scripting

/// Looks at what one run of a check asks, and passes it on.
///
/// Confined to control's event loop, as is the prober behind it.
final class SelfCheckProber: Prober {
    private let prober: any Prober
    private let note: (SelfCheck.Query) -> Void

    /// - Parameter note: is called with each query and connection before it is made.
    init(_ prober: any Prober, note: @escaping (SelfCheck.Query) -> Void) {
        self.prober = prober
        self.note = note
    }

    func query(
        _ probe: DNSProbe, _ done: @escaping (Result<DNSProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle {
        var query = SelfCheck.Query(
            server: probe.server, source: probe.source, question: probe.question)
        query.overTCP = probe.transport == .tcp
        note(query)
        return prober.query(probe, done)
    }

    func connect(
        _ probe: TCPProbe, _ done: @escaping (Result<any ProbeConnection, ProbeError>) -> Void
    ) -> ProbeHandle {
        note(SelfCheck.Query(server: probe.address, source: probe.source, question: nil))
        return prober.connect(probe, done)
    }

    func fetch(
        _ probe: HTTPProbe, _ done: @escaping (Result<HTTPProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle { prober.fetch(probe, done) }

    func look(
        _ probe: FileProbe, _ done: @escaping (Result<FileState?, ProbeError>) -> Void
    ) -> ProbeHandle { prober.look(probe, done) }

    func run(
        _ probe: ProcessProbe, _ done: @escaping (Result<ProcessOutcome, ProbeError>) -> Void
    ) -> ProbeHandle { prober.run(probe, done) }

    func sleep(milliseconds: Int, _ done: @escaping () -> Void) -> ProbeHandle {
        prober.sleep(milliseconds: milliseconds, done)
    }
}
