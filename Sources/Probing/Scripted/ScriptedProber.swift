// SPDX-License-Identifier: Apache-2.0

/// A prober whose answers and whose time are given by a test: no sockets, no waiting, the same
/// every time. Completions run inside ``advance(milliseconds:)``, in the order of their due times.
public final class ScriptedProber: Prober {
    /// What comes of a call, and when. A call that gets none of these never hears anything: it ends
    /// at its timeout as the real one would.
    public struct Answer<Value> {
        public var afterMilliseconds: Int
        public var result: Result<Value, ProbeError.Fault>

        public init(afterMilliseconds: Int = 0, _ result: Result<Value, ProbeError.Fault>) {
            self.afterMilliseconds = afterMilliseconds
            self.result = result
        }
    }

    private struct Due {
        let atMilliseconds: Int
        let number: Int
        let action: () -> Void
    }

    /// Consulted at each call; the answer's message needs no identifier.
    public var answerQuery: (DNSProbe) -> Answer<[UInt8]>? = { _ in nil }
    public var answerConnect: (TCPProbe) -> Answer<ScriptedConnection>? = { _ in nil }
    public var answerFetch: (HTTPProbe) -> Answer<HTTPProbeReply>? = { _ in nil }
    /// `nil` when there is no such file.
    public var answerLook: (FileProbe) -> Answer<FileState?> = { _ in .init(.success(nil)) }
    public var answerRun: (ProcessProbe) -> Answer<ProcessOutcome>? = { _ in nil }
    /// Every call so far in the words of errors, sleeps as `sleep 0.5`.
    public private(set) var calls: [String] = []
    public private(set) var nowMilliseconds = 0

    private var dues: [Due] = []
    private var nextNumber = 0

    public init() {}

    /// Calls that have neither completed nor been cancelled.
    public var pendingCount: Int { dues.count }

    /// When the next call completes, unless it is cancelled before.
    public var nextDueMilliseconds: Int? { dues.map(\.atMilliseconds).min() }

    /// Moves the clock, completing on the way what falls due, what that starts included.
    public func advance(milliseconds: Int) {
        let end = nowMilliseconds + max(0, milliseconds)
        while let index = nextDue(until: end) {
            let due = dues.remove(at: index)
            nowMilliseconds = max(nowMilliseconds, due.atMilliseconds)
            due.action()
        }
        nowMilliseconds = end
    }

    private func nextDue(until end: Int) -> Int? {
        dues.indices.filter { dues[$0].atMilliseconds <= end }
            .min {
                (dues[$0].atMilliseconds, dues[$0].number)
                    < (dues[$1].atMilliseconds, dues[$1].number)
            }
    }

    public func query(
        _ probe: DNSProbe, _ done: @escaping (Result<DNSProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle {
        let answer = answerQuery(probe)
        let tries = 1 + max(0, probe.retries)
        let transport: DNSProbeReply.Transport =
            probe.transport == .tcp || probe.transport == .both ? .tcp : .udp
        return schedule(
            probe.call, answer, timeoutMilliseconds: tries * probe.timeoutMilliseconds,
            silence: .noAnswer(
                timeoutMilliseconds: probe.timeoutMilliseconds, tries: tries, ignored: 0)
        ) { result in
            done(
                result.map {
                    DNSProbeReply(
                        bytes: $0, transport: transport,
                        seconds: Double(answer?.afterMilliseconds ?? 0) / 1_000, call: probe.call)
                })
        }
    }

    public func connect(
        _ probe: TCPProbe, _ done: @escaping (Result<any ProbeConnection, ProbeError>) -> Void
    ) -> ProbeHandle {
        schedule(
            probe.call, answerConnect(probe), timeoutMilliseconds: probe.timeoutMilliseconds,
            silence: .timedOut(milliseconds: probe.timeoutMilliseconds)
        ) { result in
            done(
                result.map { connection in
                    connection.attach(to: self, probe)
                    return connection as any ProbeConnection
                })
        }
    }

    public func fetch(
        _ probe: HTTPProbe, _ done: @escaping (Result<HTTPProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle {
        let answer = answerFetch(probe)
        return schedule(
            probe.call, answer, timeoutMilliseconds: probe.timeoutMilliseconds,
            silence: .timedOut(milliseconds: probe.timeoutMilliseconds)
        ) { result in
            done(
                result.map {
                    var reply = $0
                    reply.seconds = Double(answer?.afterMilliseconds ?? 0) / 1_000
                    return reply
                })
        }
    }

    public func look(
        _ probe: FileProbe, _ done: @escaping (Result<FileState?, ProbeError>) -> Void
    ) -> ProbeHandle {
        schedule(
            probe.call, answerLook(probe), timeoutMilliseconds: .max,
            silence: .timedOut(milliseconds: 0), done)
    }

    public func run(
        _ probe: ProcessProbe, _ done: @escaping (Result<ProcessOutcome, ProbeError>) -> Void
    ) -> ProbeHandle {
        schedule(
            probe.call, answerRun(probe), timeoutMilliseconds: probe.timeoutMilliseconds,
            silence: .killed(afterMilliseconds: probe.timeoutMilliseconds), done)
    }

    public func sleep(milliseconds: Int, _ done: @escaping () -> Void) -> ProbeHandle {
        calls.append("sleep \(SecondsText.of(milliseconds: milliseconds))")
        return after(max(0, milliseconds), done)
    }

    func schedule<Value>(
        _ call: String, _ answer: Answer<Value>?, timeoutMilliseconds: Int,
        silence: ProbeError.Fault, _ done: @escaping (Result<Value, ProbeError>) -> Void
    ) -> ProbeHandle {
        calls.append(call)
        guard let answer, answer.afterMilliseconds < timeoutMilliseconds else {
            return after(timeoutMilliseconds) {
                done(.failure(ProbeError(call: call, silence)))
            }
        }
        return after(answer.afterMilliseconds) {
            done(answer.result.mapError { ProbeError(call: call, $0) })
        }
    }

    private func after(_ milliseconds: Int, _ action: @escaping () -> Void) -> ProbeHandle {
        let number = nextNumber
        nextNumber += 1
        dues.append(
            Due(atMilliseconds: nowMilliseconds + milliseconds, number: number, action: action))
        return ProbeHandle { [self] in dues.removeAll { $0.number == number } }
    }
}
