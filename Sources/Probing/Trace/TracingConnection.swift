// SPDX-License-Identifier: Apache-2.0

/// A connection whose reads and writes the tracer's observer hears of.
final class TracingConnection: ProbeConnection {
    private let connection: any ProbeConnection
    private let tracer: TracingProber

    init(_ connection: any ProbeConnection, tracer: TracingProber) {
        self.connection = connection
        self.tracer = tracer
    }

    var peer: String { connection.peer }

    func read(
        _ amount: ReadAmount, _ done: @escaping (Result<[UInt8]?, ProbeError>) -> Void
    ) -> ProbeHandle {
        tracer.traced(
            "tcp.read", "\(peer) \(amount)",
            words: { $0.map { "\($0.count) octets" } ?? "end" }, done
        ) { connection.read(amount, $0) }
    }

    func write(
        _ bytes: [UInt8], _ done: @escaping (Result<Void, ProbeError>) -> Void
    ) -> ProbeHandle {
        tracer.traced(
            "tcp.write", "\(peer) \(bytes.count) octets", words: { _ in "written" }, done
        ) { connection.write(bytes, $0) }
    }

    func close() { connection.close() }
}
