// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Probing

/// Catches a change of the words that an operator reads in a check's detail.
@Suite struct ProbeErrorTests {
    @Test(arguments: [
        (
            "dns.query 192.0.2.1:53",
            ProbeError.Fault.noAnswer(timeoutMilliseconds: 500, tries: 1, ignored: 0),
            "dns.query 192.0.2.1:53: no answer in 0.5 s"
        ),
        ("dns.query 192.0.2.1:53", .refused, "dns.query 192.0.2.1:53: connection refused"),
        ("tcp.connect [::1]:53", .refused, "tcp.connect [::1]:53: connection refused"),
        ("exec.run dig", .notFound, "exec.run dig: not found"),
        ("exec.run dig", .killed(afterMilliseconds: 500), "exec.run dig: killed after 0.5 s"),
        ("x", .system(101), "x: network is unreachable"),
    ])
    func errorIsOneLine(call: String, fault: ProbeError.Fault, line: String) {
        #expect("\(ProbeError(call: call, fault))" == line)
    }

    @Test(arguments: [
        (0, "0"), (5, "0.005"), (50, "0.05"), (500, "0.5"), (1_000, "1"), (1_250, "1.25"),
        (60_000, "60"),
    ])
    func secondsAreShort(milliseconds: Int, text: String) {
        #expect(SecondsText.of(milliseconds: milliseconds) == text)
    }
}
