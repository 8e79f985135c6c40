// SPDX-License-Identifier: Apache-2.0

import DNSWire
import LuaRuntime
import Probing

/// Makes the table that `dns.query` returns.
enum ReplyTable {
    /// RFC 1035 §4.1.1.
    private static let noError: UInt16 = 0

    static func value(_ message: DNSMessage, _ reply: DNSProbeReply) -> LuaValue {
        let flags = message.flags
        var table = LuaTable([
            "ok": .boolean(message.responseCode.rawValue == noError),
            "rcode": .count(Int(message.responseCode.rawValue)),
            "rcodeName": .text(message.responseCode.name),
            "authoritative": .boolean(flags.isAuthoritative),
            "truncated": .boolean(flags.isTruncated),
            "recursionDesired": .boolean(flags.recursionDesired),
            "recursionAvailable": .boolean(flags.recursionAvailable),
            "authenticData": .boolean(flags.isAuthenticData),
            "checkingDisabled": .boolean(flags.checkingDisabled),
            "answers": records(message.answers),
            "authority": records(message.authority),
            "additional": records(message.additional),
            "transport": .text(reply.transport.rawValue),
            "seconds": .number(reply.seconds),
            "size": .count(reply.bytes.count),
        ])
        if let edns = message.edns { table["edns"] = .table(Self.table(edns)) }
        return .table(table)
    }

    private static func table(_ edns: EDNS) -> LuaTable {
        var table = LuaTable([
            "version": .count(Int(edns.version)), "payloadSize": .count(Int(edns.payloadBytes)),
            "dnssecOK": .boolean(edns.dnssecOK),
        ])
        var errors: [LuaValue] = []
        for option in edns.decodedOptions {
            switch option.code {
            case EDNS.Option.nsid: table["nsid"] = .string(LuaString(bytes: option.value))
            case EDNS.Option.extendedError where option.value.count >= 2:
                let code = Int(option.value[0]) << 8 | Int(option.value[1])
                let text = LuaString(bytes: Array(option.value.dropFirst(2)))
                errors.append(
                    .table(LuaTable(["code": .count(code), "text": .string(text)])))
            default: break
            }
        }
        table["extendedErrors"] = .table(LuaTable(array: errors))
        return table
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
            table["parameters"] = .table(
                LuaTable(
                    fields: binding.parameters.map {
                        LuaTable.Field(key: .text($0.name), value: value(of: $0))
                    }))
        case .raw(let bytes):
            table["rdata"] = .string(LuaString(bytes: bytes))
            table["hex"] = .text(hexadecimal(bytes))
        }
    }

    private static func value(of parameter: ServiceBinding.Parameter) -> LuaValue {
        switch parameter.content {
        case .present: .boolean(true)
        case .number(let number): .count(Int(number))
        case .list(let words): .table(LuaTable(array: words.map { .text($0) }))
        case .octets(let octets): .string(LuaString(bytes: octets))
        }
    }

    private static func hexadecimal(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * octets.count)
        for octet in octets {
            text.append(digits[Int(octet >> 4)])
            text.append(digits[Int(octet & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
