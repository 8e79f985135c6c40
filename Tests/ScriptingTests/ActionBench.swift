// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations

@testable import Scripting

/// A generation whose rules' functions are called with made-up queries and answers, as a plane thread
/// would call them.
final class ActionBench {
    /// What a call left behind.
    struct Outcome {
        var code: Int32
        var text: String
        var message: [UInt8]
        var flags: QueryState.Flags
        var pool: Int32
        var temporaryFailureTTL: UInt32
        var tags: [String: String]

        var view: DNSMessage? { try? DNSMessage(decoding: message) }
    }

    let bench: PlaneBench
    private var generator = SelectionGenerator(seed: 7)

    /// - Parameter text: what the configuration declares beside three servers and a pool.
    init(_ text: String) throws {
        bench = try PlaneBench(
            PlaneBench.threeServers + "newServer{address='192.0.2.4', pool='other'}\n" + text)
    }

    /// One action or response action whose body is `body`, as the first function.
    static func action(_ body: String) throws -> ActionBench {
        try ActionBench("addAction(AllRule(), LuaAction(function(dq)\n\(body)\nend))")
    }

    static func response(_ body: String) throws -> ActionBench {
        try ActionBench(
            "addResponseAction(AllRule(), LuaResponseAction(function(dr)\n\(body)\nend))")
    }

    /// The newest fault of the function.
    func fault(_ ordinal: Int = 0) -> String? {
        bench.plane.lastFaultsByFunction[ordinal]?.description
    }

    static func query(_ name: String, _ type: DNSType = .a, edns: EDNS? = nil) throws -> [UInt8] {
        var query = DNSQuery(id: 4711, question: DNSQuestion(name: try DNSName(name), type: type))
        query.edns = edns
        return query.encoded
    }

    /// Calls the function of `ordinal` with a message in writable memory.
    func call(
        _ message: [UInt8], ordinal: Int = 0, kind: ScriptCallKind = .action, capacity: Int = 512,
        server: Int32 = -1, tags: [String: String] = [:], thread: Int = 0
    ) -> Outcome {
        var memory = message + [UInt8](repeating: 0, count: max(0, capacity - message.count))
        var state = QueryState()
        for (name, value) in tags {
            _ = Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { state.tags.set(name, to: $0) }
            }
        }
        defer { state.tags.deallocate() }
        let remote = Endpoint(address: IPAddress(v4: 0xc000_0207), port: 5353).socketAddress.storage
        let local = Endpoint(address: .loopbackV6, port: 53).socketAddress.storage
        let scripts = bench.plane.scripts
        var code: Int32 = 0
        var text = ""
        var length = 0
        memory.withUnsafeMutableBufferPointer { memory in
            withUnsafePointer(to: remote) { remote in
                withUnsafePointer(to: local) { local in
                    withUnsafeMutablePointer(to: &generator) { generator in
                        withUnsafeMutablePointer(to: &state) { state in
                            var query = Self.policyQuery(
                                memory, Int32(message.count), bench.snapshot.view, generator,
                                remote, local)
                            query.state = state
                            query.packetCapacity = Int32(memory.count)
                            query.isResponse = kind == .responseAction
                            query.server = server
                            query.thread = Int32(thread)
                            code = scripts.script(
                                scripts.contexts[thread], Int32(ordinal), kind.rawValue, &query)
                            text = String(decoding: query.scriptText, as: UTF8.self)
                            length = Int(query.packetLength)
                        }
                    }
                }
            }
        }
        var left: [String: String] = [:]
        state.tags.forEach { name, value in
            left[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
            return true
        }
        return Outcome(
            code: code, text: text, message: Array(memory[..<length]), flags: state.flags,
            pool: state.pool, temporaryFailureTTL: state.temporaryFailureTTL, tags: left)
    }

    private static func policyQuery(
        _ memory: UnsafeMutableBufferPointer<UInt8>, _ length: Int32,
        _ view: UnsafePointer<PlaneView>, _ generator: UnsafeMutablePointer<SelectionGenerator>,
        _ remote: UnsafeRawPointer, _ local: UnsafeRawPointer
    ) -> PolicyQuery {
        let question = QuestionView(message: UnsafeRawBufferPointer(memory))
        return PolicyQuery(
            view: view, generator: generator, nowMicroseconds: 1_000_000,
            packet: UnsafePointer(memory.baseAddress!),  // a message is not empty
            packetLength: length, nameOffset: 12, nameLength: Int32(question?.nameBytes ?? 1),
            queryType: question?.type.rawValue ?? 0, queryClass: question?.class.rawValue ?? 0,
            remoteAddress: remote, localAddress: local, overTCP: false, thread: 0)
    }
}
