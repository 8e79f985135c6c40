// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import LuaRuntime

/// `dq:spoof(…)`: writes an answer in the place of the query. A list of addresses, a list of RDATA, or
/// one address or name; dnsdist's TTL of 60 s. Where none of them is of the asked type the query stays
/// one, as with dnsdist's `SpoofAction`.
struct PlaneSpoof {
    private static let ttl: UInt32 = 60

    let call: PlaneMethodCall

    func run() {
        guard let records = records() else {
            return call.writer.raise(
                "spoof: give a list of addresses or of RDATA, or an address, or a name")
        }
        guard !records.isEmpty else { return }
        guard call.query.pointee.state != nil, write(records) else {
            return call.writer.raise("spoof: the answer does not fit")
        }
    }

    private typealias Record = (type: UInt16, data: [UInt8])

    private func records() -> [Record]? {
        let value = call.arguments.value(0)
        guard case .table(let list) = value else {
            return record(value).map { matching([$0]) }
        }
        guard !list.array.isEmpty else { return nil }
        // Text in a list is RDATA, as in dnsdist; the second argument is its type for ANY.
        var records: [Record] = []
        for value in list.array {
            switch value {
            case .string(let data): records.append((dataType, data.bytes))
            case .address:
                guard let record = record(value) else { return nil }
                records.append(record)
            default: return nil
            }
        }
        return matching(records)
    }

    private var dataType: UInt16 {
        let asked = call.query.pointee.queryType
        guard asked == 255, let type = call.arguments.value(1).asInteger else { return asked }
        return UInt16(exactly: type) ?? asked
    }

    private func record(_ value: LuaValue) -> Record? {
        switch value {
        case .address(let address): return (address.octets.count == 4 ? 1 : 28, address.octets)
        case .name(let wire): return (5, wire)
        case .string(let text):
            if let address = IPAddress(text.text) {
                return (address.family == .v4 ? 1 : 28, address.bytes)
            }
            return (try? DNSName(text.text)).map { (5, $0.wire) }
        default: return nil
        }
    }

    /// Those of the asked type; a CNAME answers any.
    private func matching(_ records: [Record]) -> [Record] {
        let asked = call.query.pointee.queryType
        return records.filter { $0.type == asked || $0.type == 5 || asked == 255 }
    }

    private func write(_ records: [Record]) -> Bool {
        let query = call.query
        guard let message = query.pointee.message, let question = message.question else {
            return false
        }
        let buffer = query.pointee.buffer
        let edns = message.edns
        let (hasEDNS, dnssecOK) = (edns != nil, edns?.dnssecOK ?? false)
        let size = records.reduce(hasEDNS ? EDNSView.emptyBytes : 0) { $0 + 12 + $1.data.count }
        var offset = question.endOffset
        guard offset + size <= buffer.count else { return false }
        let answer = LocalAnswer(.noError, recursionAvailable: message.recursionDesired)
        guard answer.write(to: message, question: question, into: buffer) > 0,
            let header = DNSHeaderWriter(buffer)
        else { return false }
        for record in records {
            // The question's name, which lies right behind the header (RFC 1035 §4.1.4).
            let fixed: [UInt16] = [
                0xc00c, record.type, 1, UInt16(Self.ttl >> 16), UInt16(Self.ttl & 0xffff),
                UInt16(truncatingIfNeeded: record.data.count),
            ]
            for word in fixed {
                buffer.storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt16.self)
                offset += 2
            }
            for octet in record.data {
                buffer[offset] = octet
                offset += 1
            }
        }
        if hasEDNS {
            answer.writeOPT(into: buffer, at: offset, dnssecOK: dnssecOK)
            offset += EDNSView.emptyBytes
        }
        header.setCounts(
            questions: 1, answers: UInt16(truncatingIfNeeded: records.count), authority: 0,
            additional: hasEDNS ? 1 : 0)
        query.pointee.packetLength = Int32(offset)
        query.pointee.state?.pointee.flags.insert(.isAnswered)
        return true
    }
}
