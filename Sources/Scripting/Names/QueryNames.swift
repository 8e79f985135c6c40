// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import LuaRuntime
import Probing

/// `dns.query`.
extension Evaluation {
    static let queryKeys = [
        "server", "name", "type", "class", "transport", "timeout", "retries", "recursionDesired",
        "checkingDisabled", "dnssecOK", "payloadSize", "nsid", "source",
    ]

    /// Tries after the first: more than these take longer than any check may.
    private static let retries = 0...10

    static func queryCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let keys = try KeyReader(
            call: "dns.query", table: arguments.table(0, "its argument"), known: queryKeys)
        let probe = try queryProbe(keys, run)
        return CheckCall(words: "\(probe.call) \(probe.question.name) \(probe.question.type.name)")
        {
            prober, done in
            prober.query(probe) { result in
                done(
                    CheckCall.Result(result) { (reply: DNSProbeReply) throws(ProbeError) in
                        (ReplyTable.value(try reply.decoded(), reply), reply.summary)
                    })
            }
        }
    }

    private static func queryProbe(
        _ keys: KeyReader, _ run: CheckRun
    ) throws(ArgumentError) -> DNSProbe {
        guard let server = try keys.endpoint("server", defaultPort: 53) else {
            throw keys.missing("server")
        }
        let name = try domainName(keys.requiredText("name"))
        let type =
            keys.has("type")
            ? try queryType(keys["type"], call: "dns.query", name: "type") : DNSType.a.rawValue
        let `class` =
            keys.has("class")
            ? try queryClass(keys["class"], call: "dns.query", name: "class")
            : DNSClass.internet.rawValue
        var probe = DNSProbe(
            server: server,
            question: DNSQuestion(
                name: name, type: DNSType(rawValue: type), class: DNSClass(rawValue: `class`)))
        switch try keys.word("transport", of: ["udp", "tcp", "both"]) {
        case "tcp": probe.transport = .tcp
        case "both": probe.transport = .both
        default: probe.transport = .udp
        }
        probe.retries = try keys.integer("retries", in: retries) ?? 0
        // The tries share what is left, or only the first would be made.
        probe.timeoutMilliseconds =
            try run.timeout(of: keys) ?? max(1, run.remainingMilliseconds / (1 + probe.retries))
        probe.recursionDesired = try keys.boolean("recursionDesired") ?? true
        probe.checkingDisabled = try keys.boolean("checkingDisabled") ?? false
        probe.dnssecOK = try keys.boolean("dnssecOK") ?? false
        probe.payloadBytes =
            try keys.integer("payloadSize", in: DNSProbe.payloadBytesRange).map(UInt16.init)
        probe.asksServerIdentity = try keys.boolean("nsid") ?? false
        probe.source = try keys.address("source")
        return probe
    }

    private static func domainName(_ text: String) throws(ArgumentError) -> DNSName {
        do throws(DNSNameError) {
            return try DNSName(text)
        } catch {
            throw ArgumentError("dns.query: \(error)")
        }
    }
}
