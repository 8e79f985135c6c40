// SPDX-License-Identifier: Apache-2.0

/// A connection whose peer sends what a test wrote down, and then closes or goes quiet.
public final class ScriptedConnection: ProbeConnection {
    public private(set) var peer = ""
    /// What the check has written.
    public private(set) var written: [UInt8] = []
    public private(set) var isClosed = false

    private var buffer = StreamBuffer()
    private let closesAfterwards: Bool
    private weak var prober: ScriptedProber?
    private var timeoutMilliseconds = 0

    public init(incoming: [UInt8], closesAfterwards: Bool = true) {
        buffer.append(incoming)
        self.closesAfterwards = closesAfterwards
    }

    func attach(to prober: ScriptedProber, _ probe: TCPProbe) {
        self.prober = prober
        peer = "\(probe.address)"
        timeoutMilliseconds = probe.timeoutMilliseconds
    }

    public func read(
        _ amount: ReadAmount, _ done: @escaping (Result<[UInt8]?, ProbeError>) -> Void
    ) -> ProbeHandle {
        let answer: ScriptedProber.Answer<[UInt8]?>? =
            switch buffer.take(amount, hasEnded: closesAfterwards) {
            case .bytes(let bytes): .init(.success(bytes))
            case .end: .init(.success(nil))
            case .tooLong: .init(.failure(.tooLong(bytesMax: ReadAmount.bytesMax)))
            case .needsMore: nil
            }
        return schedule("tcp.read", answer, done)
    }

    public func write(
        _ bytes: [UInt8], _ done: @escaping (Result<Void, ProbeError>) -> Void
    ) -> ProbeHandle {
        written += bytes
        return schedule("tcp.write", .init(.success(())), done)
    }

    public func close() { isClosed = true }

    private func schedule<Value>(
        _ name: String, _ answer: ScriptedProber.Answer<Value>?,
        _ done: @escaping (Result<Value, ProbeError>) -> Void
    ) -> ProbeHandle {
        // Only a prober hands connections out, and a test keeps it; without one nothing happens.
        prober?.schedule(
            "\(name) \(peer)", answer, timeoutMilliseconds: timeoutMilliseconds,
            silence: .timedOut(milliseconds: timeoutMilliseconds), done) ?? ProbeHandle {}
    }
}
