// SPDX-License-Identifier: Apache-2.0

/// Passes every call on to another prober and tells an observer how it went.
///
/// A cancelled call is told as `cancelled`, so that a run that was cut off shows where it hung.
public final class TracingProber: Prober {
    private let prober: any Prober
    private let nowNanoseconds: () -> UInt64
    private let observe: (ProbeTrace) -> Void

    /// `nowNanoseconds` is any clock that does not go back.
    public init(
        _ prober: any Prober, nowNanoseconds: @escaping () -> UInt64,
        observe: @escaping (ProbeTrace) -> Void
    ) {
        self.prober = prober
        self.nowNanoseconds = nowNanoseconds
        self.observe = observe
    }

    public func query(
        _ probe: DNSProbe, _ done: @escaping (Result<DNSProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle {
        traced("dns.query", "\(probe.server) \(probe.question)", words: \.summary, done) {
            prober.query(probe, $0)
        }
    }

    public func connect(
        _ probe: TCPProbe, _ done: @escaping (Result<any ProbeConnection, ProbeError>) -> Void
    ) -> ProbeHandle {
        traced(
            "tcp.connect", "\(probe.address)", words: { _ in "connected" },
            { result in
                done(result.map { TracingConnection($0, tracer: self) as any ProbeConnection })
            }
        ) { prober.connect(probe, $0) }
    }

    public func run(
        _ probe: ProcessProbe, _ done: @escaping (Result<ProcessOutcome, ProbeError>) -> Void
    ) -> ProbeHandle {
        traced(
            "exec.run", probe.arguments.joined(separator: " "),
            words: {
                "\($0.ending), \($0.output.count) octets out, \($0.errorOutput.count) octets err"
            },
            done
        ) { prober.run(probe, $0) }
    }

    public func sleep(milliseconds: Int, _ done: @escaping () -> Void) -> ProbeHandle {
        traced(
            "sleep", SecondsText.of(milliseconds: milliseconds), words: { _ in "slept" },
            { (_: Result<Void, ProbeError>) in done() }
        ) { completed in prober.sleep(milliseconds: milliseconds) { completed(.success(())) } }
    }

    /// Starts a call with a completion that tells the observer first.
    func traced<Value>(
        _ name: String, _ arguments: String, words: @escaping (Value) -> String,
        _ done: @escaping (Result<Value, ProbeError>) -> Void,
        start: (@escaping (Result<Value, ProbeError>) -> Void) -> ProbeHandle
    ) -> ProbeHandle {
        let begin = nowNanoseconds()
        var isOver = false
        func tell(_ answer: String, isFailure: Bool) {
            isOver = true
            observe(
                ProbeTrace(
                    name: name, arguments: arguments, answer: answer, isFailure: isFailure,
                    seconds: Double(nowNanoseconds() - begin) / 1e9))
        }
        let handle = start { result in
            switch result {
            case .success(let value): tell(words(value), isFailure: false)
            case .failure(let error): tell(error.words, isFailure: true)
            }
            done(result)
        }
        return ProbeHandle {
            handle.cancel()
            if !isOver { tell("cancelled", isFailure: true) }
        }
    }
}
