// SPDX-License-Identifier: Apache-2.0

/// Appends fields in network order.
struct MessageWriter {
    var bytes: [UInt8] = []

    mutating func append(_ word: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: word >> 8))
        bytes.append(UInt8(truncatingIfNeeded: word))
    }

    mutating func append(_ word: UInt32) {
        append(UInt16(truncatingIfNeeded: word >> 16))
        append(UInt16(truncatingIfNeeded: word))
    }

    mutating func appendString(_ octets: [UInt8]) {
        bytes.append(UInt8(clamping: octets.count))
        bytes += octets.prefix(255)
    }

    mutating func append(_ record: DNSRecord) {
        bytes += record.name.wire
        append(record.type.rawValue)
        append(record.class.rawValue)
        append(record.timeToLiveSeconds)
        appendCounted(record.data.encoded)
    }

    mutating func appendCounted(_ octets: [UInt8]) {
        append(UInt16(clamping: octets.count))
        bytes += octets.prefix(0xffff)
    }

    /// RFC 6891 §6.1.3.
    mutating func append(_ edns: EDNS, _ responseCode: ResponseCode) {
        bytes.append(0)
        append(DNSType.opt.rawValue)
        append(edns.payloadBytes)
        bytes.append(UInt8(truncatingIfNeeded: responseCode.rawValue >> 4))
        bytes.append(edns.version)
        append(UInt16(edns.dnssecOK ? 0x8000 : 0))
        appendCounted(edns.options)
    }
}
