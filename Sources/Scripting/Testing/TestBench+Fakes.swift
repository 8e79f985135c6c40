// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import LuaRuntime
import Probing

/// What a check's calls are answered with: `fake.dns(…)`, `fake.tcp(…)`, and so on.
///
/// A test gives a table, or a function that is asked at each call and returns one; nil is silence,
/// which ends at the call's timeout as in life.
extension TestBench {
    static let fakeKinds = ["dns", "tcp", "http", "exec", "file"]

    func connectFakes() {
        prober.answerQuery = { [unowned self] probe in
            answer("dns", .table(Self.table(of: probe))) {
                (table) throws(ArgumentError) in
                try FakeReply(question: probe.question).message(table)
            }
        }
        prober.answerConnect = { [unowned self] probe in
            answer("tcp", .text("\(probe.address)")) { (table) throws(ArgumentError) in
                let keys = try KeyReader(
                    call: "fake.tcp", table: table, known: ["send", "stays", "after"])
                return ScriptedConnection(
                    incoming: Array((try keys.text("send") ?? "").utf8),
                    closesAfterwards: try keys.boolean("stays") != true)
            }
        }
        prober.answerFetch = { [unowned self] probe in
            answer("http", .table(Self.table(of: probe))) { (table) throws(ArgumentError) in
                try Self.response(table)
            }
        }
        // A file that the test does not speak of is not there.
        prober.answerLook = { [unowned self] probe in
            answer("file", .text(probe.path)) { (table) throws(ArgumentError) -> FileState? in
                let keys = try KeyReader(
                    call: "fake.file", table: table, known: ["age", "text", "after"])
                return FileState(
                    ageSeconds: try keys.seconds("age") ?? 0,
                    bytes: Array((try keys.text("text") ?? "").utf8))
            } ?? ScriptedProber.Answer(.success(nil))
        }
        prober.answerRun = { [unowned self] probe in
            answer("exec", .table(LuaTable(array: probe.arguments.map { .text($0) }))) {
                (table) throws(ArgumentError) in
                let keys = try KeyReader(
                    call: "fake.exec", table: table, known: ["status", "stdout", "stderr", "after"])
                return ProcessOutcome(
                    ending: .exited(status: Int32(try keys.integer("status", in: 0...255) ?? 0)),
                    output: Array((try keys.text("stdout") ?? "").utf8),
                    errorOutput: Array((try keys.text("stderr") ?? "").utf8),
                    seconds: try keys.seconds("after") ?? 0)
            }
        }
    }

    private static func table(of probe: HTTPProbe) -> LuaTable {
        var headers = LuaTable()
        for header in probe.headers { headers[header.name.lowercased()] = .text(header.value) }
        return LuaTable([
            "url": .text(probe.url), "method": .text(probe.method), "headers": .table(headers),
            "body": .string(LuaString(bytes: probe.body)),
            "verify": .boolean(probe.tls.verifies),
        ])
    }

    private static func response(_ table: LuaTable) throws(ArgumentError) -> HTTPProbeReply {
        let keys = try KeyReader(
            call: "fake.http", table: table, known: ["status", "headers", "body", "after"])
        var reply = HTTPProbeReply(status: try keys.integer("status", in: 100...599) ?? 200)
        for field in keys["headers"].asTable?.fields ?? [] {
            guard let name = field.key.text, let value = field.value.asText else {
                throw keys.wrong("headers", "a table of texts by name")
            }
            reply.headers.append(HTTPProbe.Header(name: name, value: value))
        }
        reply.body = Array((try keys.text("body") ?? "").utf8)
        return reply
    }

    private static func table(of probe: DNSProbe) -> LuaTable {
        LuaTable([
            "server": .text("\(probe.server)"), "name": .text("\(probe.question.name)"),
            "type": .text(probe.question.type.name), "class": .text(probe.question.class.name),
            "transport": .text(probe.transport.rawValue),
            "recursionDesired": .boolean(probe.recursionDesired),
            "checkingDisabled": .boolean(probe.checkingDisabled),
            "dnssecOK": .boolean(probe.dnssecOK),
        ])
    }

    /// Asks the test, and makes of what it says what the prober wants.
    private func answer<Value>(
        _ kind: String, _ question: LuaValue,
        _ make: (LuaTable) throws(ArgumentError) -> Value
    ) -> ScriptedProber.Answer<Value>? {
        do throws(LuaError) {
            let said = try ask(kind, question)
            switch said {
            case .nil: return nil
            case .text("refused"): return ScriptedProber.Answer(.failure(.refused))
            case .text("reset"): return ScriptedProber.Answer(.failure(.reset))
            case .text("not found"): return ScriptedProber.Answer(.failure(.notFound))
            case .table(let table):
                let keys = KeyReader(call: "fake.\(kind)", table: table)
                return ScriptedProber.Answer(
                    afterMilliseconds: try raised { () throws(ArgumentError) in
                        try keys.milliseconds("after") ?? 0
                    },
                    .success(try raised { () throws(ArgumentError) in try make(table) }))
            default:
                throw LuaError(
                    kind: .runtime,
                    message: "fake.\(kind): an answer must be a table, nil for silence, or"
                        + " \"refused\", \"reset\" or \"not found\", not \(said.words)")
            }
        } catch {
            fakeProblem = fakeProblem ?? error
            return nil
        }
    }

    private func ask(_ kind: String, _ question: LuaValue) throws(LuaError) -> LuaValue {
        let fake = fakes[kind] ?? .nil
        guard case .function(let function) = fake else { return fake }
        let phase = vm.phase
        vm.phase = .load
        defer { vm.phase = phase }
        let results = try vm.call(function, [question])
        return results.first ?? .nil
    }

    private func raised<Value>(
        _ body: () throws(ArgumentError) -> Value
    ) throws(LuaError) -> Value {
        do throws(ArgumentError) {
            return try body()
        } catch {
            throw LuaError(kind: .runtime, message: error.description)
        }
    }
}
