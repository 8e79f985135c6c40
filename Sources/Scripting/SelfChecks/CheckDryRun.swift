// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import LuaRuntime
import Probing

/// Runs each check with made-up answers, to see whom it asks: no packet is sent, no command run, no
/// file read, and no time passes. One run in which everything answers, one in which nothing does.
///
/// The scripts' variables change by it, so it is for generations that never serve.
struct CheckDryRun {
    /// What one check asked.
    struct Asked: Hashable {
        let check: CheckDeclaration
        let query: SelfCheck.Query
    }

    let scripts: ControlScripts
    let checks: [CheckDeclaration]
    /// In order, each once.
    private(set) var asked: [Asked] = []
    /// What is wrong with a check whatever it is answered: a name that is misspelt.
    private(set) var faults: [(check: CheckDeclaration, fault: ScriptFault)] = []

    /// A check with more targets than this asks the others alike.
    private static let targetsMax = 64

    init(scripts: ControlScripts, checks: [CheckDeclaration]) {
        self.scripts = scripts
        self.checks = checks
    }

    mutating func run() {
        for (index, check) in checks.enumerated() {
            let targets = check.targets.isEmpty ? [nil] : check.targets.map(Optional.some)
            for target in targets.prefix(Self.targetsMax) {
                for weather in Weather.allCases { play(index, check, target, weather) }
            }
        }
    }

    private mutating func play(
        _ index: Int, _ check: CheckDeclaration, _ target: CheckTarget?, _ weather: Weather
    ) {
        let prober = ScriptedProber()
        let notes = Notes()
        prober.answerQuery = { probe in
            notes.queries += Self.queries(of: probe)
            return Self.answer(probe.question, weather)
        }
        prober.answerConnect = { probe in
            notes.queries.append(
                SelfCheck.Query(server: probe.address, source: probe.source, question: nil))
            return nil
        }
        scripts.clock = { Double(prober.nowMilliseconds) / 1_000 }
        let limit = check.timeoutMilliseconds
        let run = scripts.runCheck(
            index,
            context: CheckContext(
                name: check.name, target: target?.text, previous: nil,
                deadlineSeconds: Double(limit) / 1_000), prober: prober
        ) { outcome, _ in
            notes.outcome = outcome
        }
        while notes.outcome == nil, prober.nowMilliseconds < limit {
            let next = min(prober.nextDueMilliseconds ?? limit, limit)
            prober.advance(milliseconds: max(1, next - prober.nowMilliseconds))
        }
        run.cancel()
        for query in notes.queries {
            let entry = Asked(check: check, query: query)
            if !asked.contains(entry) { asked.append(entry) }
        }
        guard case .error(let fault)? = notes.outcome, Self.isCertain(fault),
            !faults.contains(where: { $0.check.name == check.name })
        else { return }
        faults.append((check, fault))
    }

    private enum Weather: CaseIterable {
        case fair, failing, silent
    }

    /// Holds what the closures of one run saw.
    private final class Notes {
        var queries: [SelfCheck.Query] = []
        var outcome: CheckOutcome?
    }

    /// UDP and TCP ask the same; a rule may treat them differently.
    private static func queries(of probe: DNSProbe) -> [SelfCheck.Query] {
        var query = SelfCheck.Query(
            server: probe.server, source: probe.source, question: probe.question)
        query.overTCP = probe.transport == .tcp
        return [query]
    }

    private static func answer(
        _ question: DNSQuestion, _ weather: Weather
    ) -> ScriptedProber.Answer<[UInt8]>? {
        let reply = FakeReply(question: question)
        var table = LuaTable(["authoritative": .boolean(true)])
        switch weather {
        case .silent: return nil
        case .failing: table["rcode"] = "SERVFAIL"
        case .fair:
            if let data = data[question.type] {
                table["answers"] = .table(LuaTable(array: [.table(LuaTable(["data": data]))]))
            }
        }
        guard let message = try? reply.message(table) else { return nil }
        return ScriptedProber.Answer(.success(message))
    }

    /// What is answered to the types that checks ask for most; the others get no record.
    private static let data: [DNSType: LuaValue] = [
        .a: "192.0.2.1", .aaaa: "2001:db8::1", .ns: "ns.example.", .cname: "host.example.",
        .soa: "ns.example. admin.example. 1 3600 600 86400 60",
    ]

    /// Made-up answers may lead a check where no real one does; a name that does not exist is wrong
    /// on every way.
    private static func isCertain(_ fault: ScriptFault) -> Bool {
        ["there is no function '", "there is no method '", " has no field '", "unknown key '"]
            .contains { fault.message.contains($0) }
    }
}
