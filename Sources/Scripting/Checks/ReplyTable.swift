// SPDX-License-Identifier: Apache-2.0

import DNSWire
import LuaRuntime
import Probing

/// Makes the table that `dns.query` returns.
enum ReplyTable {
    /// RFC 1035 §4.1.1.
    private static let noError: UInt16 = 0

    static func value(_ message: DNSMessage, _ reply: DNSProbeReply) -> LuaValue {
        .table(
            LuaTable([
                "ok": .boolean(message.responseCode.rawValue == noError),
                "rcode": .count(Int(message.responseCode.rawValue)),
                "rcodeName": .text(message.responseCode.name),
                "authoritative": .boolean(message.flags.isAuthoritative),
                "truncated": .boolean(message.flags.isTruncated),
                "recursionAvailable": .boolean(message.flags.recursionAvailable),
                "authenticData": .boolean(message.flags.isAuthenticData),
                "answers": records(message.answers),
                "authority": records(message.authority),
                "additional": records(message.additional),
                "seconds": .number(reply.seconds),
                "size": .count(reply.bytes.count),
            ]))
    }

    private static func records(_ records: [DNSRecord]) -> LuaValue {
        .table(LuaTable(array: records.map { .table(table($0)) }))
    }

    private static func table(_ record: DNSRecord) -> LuaTable {
        var table = LuaTable([
            "name": .text("\(record.name)"), "type": .count(Int(record.type.rawValue)),
            "typeName": .text(record.type.name), "class": .count(Int(record.class.rawValue)),
            "ttl": .count(Int(record.timeToLiveSeconds)), "data": .text("\(record.data)"),
        ])
        addFields(of: record.data, to: &table)
        return table
    }

    private static func addFields(of data: RecordData, to table: inout LuaTable) {
        switch data {
        case .address(let address): table["address"] = .text("\(address)")
        case .name(let name): table["target"] = .text("\(name)")
        case .startOfAuthority(let soa):
            table["mname"] = .text("\(soa.primary)")
            table["rname"] = .text("\(soa.mailbox)")
            table["serial"] = .count(Int(soa.serial))
            table["refresh"] = .count(Int(soa.refreshSeconds))
            table["retry"] = .count(Int(soa.retrySeconds))
            table["expire"] = .count(Int(soa.expireSeconds))
            table["minimum"] = .count(Int(soa.minimumSeconds))
        case .mailExchange(let preference, let exchange):
            table["preference"] = .count(Int(preference))
            table["exchange"] = .text("\(exchange)")
        case .text(let strings):
            table["text"] = .string(LuaString(bytes: strings.flatMap { $0 }))
            table["texts"] = .table(
                LuaTable(array: strings.map { .string(LuaString(bytes: $0)) }))
        case .service(let priority, let weight, let port, let target):
            table["priority"] = .count(Int(priority))
            table["weight"] = .count(Int(weight))
            table["port"] = .count(Int(port))
            table["target"] = .text("\(target)")
        case .certificationAuthority(let flags, let tag, let value):
            table["flags"] = .count(Int(flags))
            table["tag"] = .string(LuaString(bytes: tag))
            table["value"] = .string(LuaString(bytes: value))
        case .serviceBinding(let binding):
            table["priority"] = .count(Int(binding.priority))
            table["target"] = .text("\(binding.target)")
        case .raw(let bytes): table["bytes"] = .string(LuaString(bytes: bytes))
        }
    }
}
