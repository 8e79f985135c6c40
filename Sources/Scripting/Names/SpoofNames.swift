// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// Actions that answer: `RCodeAction`, `SpoofAction` and their siblings.
extension Evaluation {
    static let answerKeys = ["ttl", "aa", "ad", "ra"]

    /// RFC 2181 §8.
    static let ttls = 0...Int(Int32.max)
    /// Octets of a record's data; with its name and ours it must fit a message.
    private static let rawBytesMax = 60_000

    func defineSpoofNames() throws(LuaError) {
        try define("RCodeAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            // 0…15: the header's four bits (RFC 1035 §4.1.1); extended ones need EDNS.
            let code = UInt8(try arguments.integer(0, "rcode", in: 0...15))
            return newAction(
                .responseCode(code, try answerOptions(arguments, 1, at: location(of: call))))
        }
        try define("ERCodeAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            let code = UInt16(try arguments.integer(0, "rcode", in: 0...4_095))
            return newAction(
                .extendedResponseCode(
                    code, try answerOptions(arguments, 1, at: location(of: call))))
        }
        try define("SpoofAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            newAction(try spoof(arguments, from: 0, at: location(of: call)))
        }
        try define("SpoofCNAMEAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            newAction(
                .spoofAlias(
                    try wireName(arguments[0], call: arguments.call, name: "cname"),
                    try answerOptions(arguments, 1, at: location(of: call))))
        }
        try define("SpoofRawAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            newAction(try spoofRaw(arguments, at: location(of: call)))
        }
        for name in ["NegativeAndSOAAction", "SetNegativeAndSOAAction"] {
            try define(name) { [unowned self] (arguments, call) throws(ArgumentError) in
                newAction(try negative(arguments, at: location(of: call)))
            }
        }
    }

    /// `(nxd, zone, ttl, mname, rname, serial, refresh, retry, expire, minimum [, options])`
    private func negative(
        _ arguments: Arguments, at location: SourceLocation
    ) throws(ArgumentError) -> Action {
        let isNameError = try arguments.boolean(0, "nxd")
        let zone = try wireName(arguments[1], call: arguments.call, name: "zone")
        let ttl = try arguments.integer(2, "ttl", in: Self.ttls)
        var data = try wireName(arguments[3], call: arguments.call, name: "mname")
        data += try wireName(arguments[4], call: arguments.call, name: "rname")
        for (index, name) in ["serial", "refresh", "retry", "expire", "minimum"].enumerated() {
            let number = UInt32(
                try arguments.integer(5 + index, name, in: 0...Int(UInt32.max)))
            withUnsafeBytes(of: number.bigEndian) { data += $0 }
        }
        var options = try answerOptions(
            arguments, 10, also: ["soaInAuthoritySection"], at: location)
        options.ttl = UInt32(ttl)
        var isInAuthoritySection = false
        if arguments.has(10) {
            let keys = KeyReader(call: arguments.call, table: try arguments.table(10, "options"))
            isInAuthoritySection = try keys.boolean("soaInAuthoritySection") ?? false
        }
        return .negative(
            isNameError: isNameError,
            StartOfAuthority(
                zone: zone, data: data, isInAuthoritySection: isInAuthoritySection), options)
    }

    /// Addresses or a name from `index` on: one or a list; in dnsdist's form before 1.6 two
    /// addresses, one a family; then the options.
    func spoof(
        _ arguments: Arguments, from index: Int, at location: SourceLocation
    ) throws(ArgumentError) -> Action {
        var values = [arguments[index]]
        if case .table(let list) = arguments[index] { values = list.array }
        var next = index + 1
        if arguments[next].asText != nil {
            values.append(arguments[next])
            next += 1
        } else if !arguments.has(next) {
            // The second address may have been left out before the options.
            next = arguments.has(index + 2) ? index + 2 : next
        }
        let options = try answerOptions(arguments, next, at: location)
        var addresses: [IPAddress] = []
        for value in values {
            if let address = value.asText.flatMap({ IPAddress($0) }) { addresses.append(address) }
        }
        if addresses.count == values.count, !values.isEmpty {
            return .spoofAddresses(addresses, options)
        }
        guard addresses.isEmpty, values.count == 1 else {
            let stranger = values.first { $0.asText.flatMap { IPAddress($0) } == nil } ?? .nil
            throw ArgumentError(
                values.isEmpty
                    ? "\(arguments.call): the list of addresses is empty"
                    : "\(arguments.call): \(stranger.words) is not an address")
        }
        return .spoofAlias(
            try wireName(values[0], call: arguments.call, name: "address"), options)
    }

    private func spoofRaw(
        _ arguments: Arguments, at location: SourceLocation
    ) throws(ArgumentError) -> Action {
        var values = [arguments[0]]
        if case .table(let list) = arguments[0] { values = list.array }
        var records: [[UInt8]] = []
        for value in values {
            guard case .string(let bytes) = value else {
                throw ArgumentError(
                    "\(arguments.call): \(value.words) is no record's data (text of its octets)")
            }
            records.append(bytes.bytes)
        }
        guard !records.isEmpty else {
            throw ArgumentError("\(arguments.call): the list of records is empty")
        }
        guard records.reduce(0, { $0 + $1.count }) <= Self.rawBytesMax else {
            throw ArgumentError(
                "\(arguments.call): the records have more than \(Self.rawBytesMax) octets")
        }
        var type: UInt16?
        if case .table(let table) = arguments[1], !table["typeForAny"].isNil {
            type = try Self.queryType(
                table["typeForAny"], call: arguments.call, name: "typeForAny")
        }
        return .spoofRaw(
            records, type: type,
            try answerOptions(arguments, 1, also: ["typeForAny"], at: location))
    }

    /// `{ttl =, aa =, ad =, ra =}`; `extra` are the caller's own keys.
    func answerOptions(
        _ arguments: Arguments, _ index: Int, also extra: [String] = [],
        at location: SourceLocation
    ) throws(ArgumentError) -> SpoofOptions {
        var options = SpoofOptions()
        guard arguments.has(index) else { return options }
        let keys = KeyReader(call: arguments.call, table: try arguments.table(index, "options"))
        for line in keys.strangers(Self.answerKeys + extra) { warn(line, at: location) }
        if let ttl = try keys.integer("ttl", in: Self.ttls) { options.ttl = UInt32(ttl) }
        options.aa = try keys.boolean("aa")
        options.ad = try keys.boolean("ad")
        options.ra = try keys.boolean("ra")
        return options
    }
}
