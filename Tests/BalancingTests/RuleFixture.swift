// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Glibc

@testable import Balancing

/// A query as octets, and where it came from.
struct TestQuery {
    var name = "www.example.org"
    var type: UInt16 = 1
    var `class`: UInt16 = 1
    /// The header's third and fourth octet.
    var flags: UInt16 = 0x0100
    /// What follows the question.
    var rest: [UInt8] = []
    /// Of answers, authority and additional.
    var counts: [UInt8] = [0, 0, 0]
    var from = "192.0.2.1"
    var to = "198.51.100.53"
    var port: UInt16 = 53
    var overTCP = false
    var now: UInt64 = 1_000_000
    var thread: Int32 = 0
    var isResponse = false
    var server: Int32 = -1

    /// The OPT record: DO, version, options.
    static func opt(dnssecOK: Bool = false, version: UInt8 = 0, options: [UInt8] = []) -> [UInt8] {
        [0, 0, 41, 4, 208, 0, version, dnssecOK ? 0x80 : 0, 0, 0, UInt8(options.count)] + options
    }

    var packet: [UInt8] {
        [0x12, 0x34, UInt8(flags >> 8), UInt8(flags & 0xff), 0, 1, 0, counts[0], 0, counts[1], 0]
            + [counts[2]] + BalancingFixture.wire(name)
            + [UInt8(type >> 8), UInt8(type & 0xff), UInt8(`class` >> 8), UInt8(`class` & 0xff)]
            + rest
    }
}

/// A chain of rules over a snapshot, asked about queries as the plane asks.
final class RuleFixture {
    let fixture: BalancingFixture
    /// The message as the last rules left it.
    private(set) var packet: [UInt8] = []
    private(set) var state = QueryState()

    init(
        _ servers: [ServerDeclaration] = [], scripts: PolicyScripts? = nil,
        _ change: (inout DeclaredConfiguration) -> Void
    ) throws {
        fixture = try BalancingFixture(servers, scripts: scripts, change)
    }

    convenience init(_ rules: [(Selector, Action)]) throws {
        try self.init { $0.rules = rules.enumerated().map { Self.rule($1.0, $1.1, "r\($0)") } }
    }

    deinit { state.tags.deallocate() }

    static func rule(_ selector: Selector, _ action: Action, _ name: String = "r")
        -> RuleDeclaration
    {
        RuleDeclaration(
            selector: selector, action: action, name: name,
            location: SourceLocation(file: "r.lua", line: 1))
    }

    static func rule(_ selector: Selector, _ action: ResponseAction, _ name: String = "r")
        -> ResponseRuleDeclaration
    {
        ResponseRuleDeclaration(
            selector: selector, action: action, name: name,
            location: SourceLocation(file: "r.lua", line: 1))
    }

    /// What the query rules say, in words.
    func verdict(_ query: TestQuery = TestQuery()) -> String {
        with(query) { query in
            switch fixture.view.rules.verdict(for: query) {
            case .forward: "forward \(query.pointee.state?.pointee.pool ?? -1)"
            case .drop: "drop"
            case .truncate: "truncate"
            case .answer(let code, _): "answer \(code)"
            case .spoof(let answer): "spoof \(answer.octets.count)"
            case .spoofText(let action): "text \(action)"
            case .answered: "answered"
            }
        }
    }

    /// Whether the rules on servers' answers let an answer pass.
    func passes(_ query: TestQuery) -> Bool {
        var query = query
        query.isResponse = true
        return with(query) { fixture.view.responseRules.passes($0) }
    }

    /// Calls `body` with the query, in memory that rules may write.
    func with<Result>(
        _ test: TestQuery, _ body: (UnsafeMutablePointer<PolicyQuery>) -> Result
    ) -> Result {
        let wire = BalancingFixture.wire(test.name)
        let original = test.packet
        var bytes = original + [UInt8](repeating: 0, count: 4_096)
        var remote = Self.socketAddress(test.from, 4_000)
        var local = Self.socketAddress(test.to, test.port)
        state.tags.deallocate()
        state = QueryState()
        var length = 0
        let result = bytes.withUnsafeMutableBufferPointer { bytes in
            withUnsafeMutablePointer(to: &fixture.generator) { generator in
                withUnsafeMutablePointer(to: &state) { state in
                    var query = PolicyQuery(
                        view: fixture.snapshot.view, generator: generator,
                        nowMicroseconds: test.now,
                        packet: UnsafePointer(bytes.baseAddress!),  // it has a header
                        packetLength: Int32(original.count), nameOffset: 12,
                        nameLength: Int32(wire.count), queryType: test.type,
                        queryClass: test.class, remoteAddress: &remote, localAddress: &local,
                        overTCP: test.overTCP, thread: test.thread)
                    query.state = state
                    query.packetCapacity = Int32(bytes.count)
                    query.isResponse = test.isResponse
                    query.server = test.server
                    let result = body(&query)
                    length = Int(query.packetLength)
                    return result
                }
            }
        }
        packet = Array(bytes[..<length])
        return result
    }

    func tag(_ name: String) -> String? {
        var name = name
        return name.withUTF8 { name in
            state.tags.value(of: UnsafeRawBufferPointer(name)).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }

    func hits(_ index: Int) -> UInt64 { fixture.snapshot.rules[index].statistics.total(.hits) }

    private static func socketAddress(_ text: String, _ port: UInt16) -> sockaddr_storage {
        // The tests write their addresses themselves.
        Endpoint(address: IPAddress(text)!, port: port).socketAddress.storage
    }
}
