// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Testing

@testable import Probing

/// Catches a fake that behaves otherwise than the prober it stands for.
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
}
