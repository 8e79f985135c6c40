// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Testing

@testable import Probing

/// Catches a fake that behaves otherwise than the prober it stands for, and a trace that lies.
@Suite struct ScriptedProberTests {
    private let endpoint = Endpoint(address: .loopbackV4, port: 53)

    @Test func answersFallDueInTheOrderOfTheirTimes() throws {
        let prober = ScriptedProber()
        var seen: [String] = []
        prober.answerQuery = { probe in
            .init(afterMilliseconds: 30, .success(Loopback.answer(to: probe.encoded(id: 0))))
        }
        _ = prober.sleep(milliseconds: 50) { seen.append("slept") }
        _ = prober.query(try Loopback.probe(endpoint)) {
            seen.append((try? $0.get())?.summary ?? "")
        }
        _ = prober.sleep(milliseconds: 10) {
            seen.append("first")
            _ = prober.sleep(milliseconds: 5) { seen.append("nested at \(prober.nowMilliseconds)") }
        }
        #expect(seen.isEmpty)
        prober.advance(milliseconds: 40)
        #expect(seen == ["first", "nested at 15", "NOERROR, 1 answer"])
        prober.advance(milliseconds: 10)
        #expect(seen.last == "slept" && prober.pendingCount == 0 && prober.nowMilliseconds == 50)
        #expect(
            prober.calls == ["sleep 0.05", "dns.query 127.0.0.1:53", "sleep 0.01", "sleep 0.005"])
    }

    @Test func silenceEndsAtTheTimeoutInTheRealWords() throws {
        let prober = ScriptedProber()
        var words: [String] = []
        _ = prober.query(try Loopback.probe(endpoint)) {
            if case .failure(let error) = $0 { words.append("\(error)") }
        }
        _ = prober.run(ProcessProbe(arguments: ["dig"])) {
            if case .failure(let error) = $0 { words.append("\(error)") }
        }
        prober.advance(milliseconds: 499)
        #expect(words.isEmpty)
        prober.advance(milliseconds: 1)
        #expect(
            words == [
                "dns.query 127.0.0.1:53: no answer in 0.5 s", "exec.run dig: killed after 0.5 s",
            ])
    }

    @Test func cancelledCallStaysSilent() {
        let prober = ScriptedProber()
        let handle = prober.sleep(milliseconds: 5) { Issue.record("completed after cancel") }
        handle.cancel()
        prober.advance(milliseconds: 10)
        #expect(prober.pendingCount == 0)
    }

    @Test func everyCallIsTraced() throws {
        let scripted = ScriptedProber()
        let connection = ScriptedConnection(incoming: Array("hello\n".utf8))
        scripted.answerConnect = { _ in .init(.success(connection)) }
        scripted.answerRun = { _ in .init(.failure(.notFound)) }
        scripted.answerQuery = {
            .init(afterMilliseconds: 2, .success(Loopback.answer(to: $0.encoded(id: 0))))
        }
        var lines: [String] = []
        let prober = TracingProber(
            scripted, nowNanoseconds: { UInt64(scripted.nowMilliseconds) * 1_000_000 }
        ) { lines.append("\($0)") }
        _ = prober.query(try Loopback.probe(endpoint)) { _ in }
        _ = prober.run(ProcessProbe(arguments: ["dig", "+short"])) { _ in }
        _ = prober.connect(TCPProbe(address: endpoint)) { result in
            guard case .success(let connection) = result else { return }
            _ = connection.write([1, 2]) { _ in _ = connection.read(.line) { _ in } }
        }
        scripted.advance(milliseconds: 10)
        prober.sleep(milliseconds: 90) {}.cancel()
        #expect(
            lines == [
                "exec.run dig +short: not found (0 s)", "tcp.connect 127.0.0.1:53: connected (0 s)",
                "tcp.write 127.0.0.1:53 2 octets: written (0 s)",
                "tcp.read 127.0.0.1:53 line: 5 octets (0 s)",
                "dns.query 127.0.0.1:53 check.test. IN A: NOERROR, 1 answer (0.002 s)",
                "sleep 0.09: cancelled (0 s)",
            ])
        #expect(connection.written == [1, 2])
    }
}
