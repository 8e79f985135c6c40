// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import LuaRuntime

/// Makes the message that a test's table stands for:
/// `{rcode = "NXDOMAIN", aa = true, answers = {{type = "A", data = "192.0.2.1"}}}`.
struct FakeReply {
    static let keys = [
        "rcode", "authoritative", "truncated", "recursionAvailable", "authenticData", "answers",
        "authority", "additional", "after",
    ]
    private static let recordKeys = ["name", "type", "class", "ttl", "data"]

    let call = "fake.dns"
    let question: DNSQuestion

    func message(_ table: LuaTable) throws(ArgumentError) -> [UInt8] {
        let keys = try KeyReader(call: call, table: table, known: Self.keys)
        var query = DNSQuery(id: 0, question: question)
        query.recursionDesired = true
        guard let asked = try? DNSMessage(decoding: query.encoded) else {
            throw ArgumentError("\(call): the question cannot be answered")
        }
        var message = DNSMessage(answering: asked, try responseCode(keys))
        message.flags.isAuthoritative = try keys.boolean("authoritative") ?? false
        message.flags.isTruncated = try keys.boolean("truncated") ?? false
        message.flags.recursionAvailable = try keys.boolean("recursionAvailable") ?? true
        message.flags.isAuthenticData = try keys.boolean("authenticData") ?? false
        message.answers = try records(keys, "answers")
        message.authority = try records(keys, "authority")
        message.additional = try records(keys, "additional")
        return message.encoded
    }

    private func responseCode(_ keys: KeyReader) throws(ArgumentError) -> ResponseCode {
        guard keys.has("rcode") else { return .noError }
        if let number = keys["rcode"].asInteger, let code = UInt16(exactly: number) {
            return ResponseCode(rawValue: code)
        }
        guard let text = keys["rcode"].asText, let code = ResponseCode(name: text) else {
            throw keys.wrong("rcode", "a response code's name or number")
        }
        return code
    }

    private func records(
        _ keys: KeyReader, _ section: String
    ) throws(ArgumentError) -> [DNSRecord] {
        guard keys.has(section) else { return [] }
        guard case .table(let list) = keys[section] else {
            throw keys.wrong(section, "a list of records")
        }
        var records: [DNSRecord] = []
        for value in list.array {
            guard case .table(let table) = value else {
                throw ArgumentError("\(call): \(section) must hold tables, not \(value.words)")
            }
            records.append(try record(table, section))
        }
        return records
    }

    private func record(_ table: LuaTable, _ section: String) throws(ArgumentError) -> DNSRecord {
        let keys = try KeyReader(
            call: "\(call): \(section)", table: table, known: Self.recordKeys)
        let name = try keys.text("name").map { text throws(ArgumentError) in
            try TestQuery.name(text, call: call)
        }
        let type =
            keys.has("type")
            ? DNSType(rawValue: try Evaluation.queryType(keys["type"], call: call, name: "type"))
            : question.type
        guard let text = try keys.text("data") else { throw keys.missing("data") }
        return DNSRecord(
            name: name ?? question.name, type: type, class: question.class,
            timeToLiveSeconds: UInt32(try keys.integer("ttl", in: 0...Int(Int32.max)) ?? 300),
            data: try RecordText(call: call, type: type).data(text))
    }
}
