// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Glibc
import LuaRuntime

/// The query that a test lets a policy see: `{name = "www.example.com", type = "AAAA", …}`.
struct TestQuery {
    static let keys = ["name", "type", "class", "from", "to", "tcp", "tags"]

    private var name = DNSName.root
    private var type = DNSType.a
    private var `class` = DNSClass.internet
    /// TEST-NET-1 (RFC 5737).
    private var from = Endpoint(address: IPAddress(v4: 0xc000_0201), port: 40_000)
    private var to = Endpoint(address: .loopbackV4, port: 53)
    private var overTCP = false
    private var tags: [(name: String, value: String)] = []

    init() {}

    /// `nil` asks for the root's A from 192.0.2.1.
    init(_ value: LuaValue, call: String) throws(ArgumentError) {
        guard !value.isNil else { return }
        guard case .table(let table) = value else {
            throw ArgumentError("\(call): query must be a table, not \(value.words)")
        }
        let keys = try KeyReader(call: "\(call): query", table: table, known: Self.keys)
        if let text = try keys.text("name") { name = try Self.name(text, call: call) }
        if keys.has("type") {
            type = DNSType(
                rawValue: try Evaluation.queryType(keys["type"], call: call, name: "type"))
        }
        if keys.has("class") {
            `class` = DNSClass(
                rawValue: try Evaluation.queryClass(keys["class"], call: call, name: "class"))
        }
        from = try keys.endpoint("from", defaultPort: 40_000) ?? from
        to = try keys.endpoint("to", defaultPort: 53) ?? to
        overTCP = try keys.boolean("tcp") ?? false
        guard keys.has("tags") else { return }
        guard case .table(let list) = keys["tags"] else { throw keys.wrong("tags", "a table") }
        for field in list.fields {
            tags.append((field.key.asText ?? "", field.value.asText ?? ""))
        }
        for tag in list.array { tags.append((tag.asText ?? "", "")) }
    }

    static func name(_ text: String, call: String) throws(ArgumentError) -> DNSName {
        do throws(DNSNameError) {
            return try DNSName(text)
        } catch {
            throw ArgumentError("\(call): '\(text)' is no domain name: \(error)")
        }
    }

    /// Calls `body` with a ``PolicyQuery`` that lives as long as the call.
    func withQuery<Result>(
        view: UnsafePointer<PlaneView>, generator: inout SelectionGenerator,
        nowMicroseconds: UInt64, _ body: (UnsafeRawPointer) -> Result
    ) -> Result {
        var packet = DNSQuery(
            id: 1, question: DNSQuestion(name: name, type: type, class: `class`)
        ).encoded
        let length = packet.count
        // Room for what a script may make of it.
        packet += [UInt8](repeating: 0, count: LocalAnswer.bytesMax)
        let remote = from.socketAddress.storage
        let local = to.socketAddress.storage
        var state = QueryState()
        defer { state.deallocate() }
        for tag in tags {
            var (name, value) = (tag.name, tag.value)
            name.withUTF8 { name in
                value.withUTF8 { value in
                    _ = state.tags.set(
                        UnsafeRawBufferPointer(name), to: UnsafeRawBufferPointer(value))
                }
            }
        }
        return packet.withUnsafeMutableBufferPointer { packet in
            withUnsafePointer(to: remote) { remote in
                withUnsafePointer(to: local) { local in
                    withUnsafeMutablePointer(to: &generator) { generator in
                        withUnsafeMutablePointer(to: &state) { state in
                            guard let bytes = packet.baseAddress else {
                                preconditionFailure("BUG DETECTED: a message without bytes")
                            }
                            var query = PolicyQuery(
                                view: view, generator: generator,
                                nowMicroseconds: nowMicroseconds, packet: bytes,
                                packetLength: Int32(length), nameOffset: 12,
                                nameLength: Int32(name.wire.count), queryType: type.rawValue,
                                queryClass: `class`.rawValue, remoteAddress: remote,
                                localAddress: local, overTCP: overTCP, thread: 0)
                            query.state = state
                            query.packetCapacity = Int32(packet.count)
                            return body(&query)
                        }
                    }
                }
            }
        }
    }
}
