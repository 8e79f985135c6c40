// SPDX-License-Identifier: Apache-2.0

/// A cursor over a message. Names may point anywhere before themselves.
struct MessageReader {
    let message: [UInt8]
    private(set) var offset: Int
    /// What may be read now: the message's end, or that of the RDATA in hand.
    private(set) var end: Int

    init(_ message: [UInt8]) {
        self.message = message
        offset = 0
        end = message.count
    }

    var remaining: Int { end - offset }

    mutating func octet() throws(DNSMessageError) -> UInt8 {
        guard remaining >= 1 else { throw .cutShort(offset: offset) }
        defer { offset += 1 }
        return message[offset]
    }

    mutating func word() throws(DNSMessageError) -> UInt16 {
        UInt16(try octet()) << 8 | UInt16(try octet())
    }

    mutating func longWord() throws(DNSMessageError) -> UInt32 {
        UInt32(try word()) << 16 | UInt32(try word())
    }

    mutating func octets(_ count: Int) throws(DNSMessageError) -> [UInt8] {
        guard count <= remaining else { throw .cutShort(offset: offset) }
        defer { offset += count }
        return Array(message[offset..<offset + count])
    }

    mutating func characterString() throws(DNSMessageError) -> [UInt8] {
        try octets(Int(try octet()))
    }

    /// Reads a name, following pointers (RFC 1035 §4.1.4).
    ///
    /// Each pointer must lead before the run of labels it ends, so no walk can loop, and a name
    /// that passes 255 octets is refused.
    mutating func name() throws(DNSMessageError) -> DNSName {
        let start = offset
        var wire: [UInt8] = []
        var position = offset
        var runStart = offset
        var limit = end
        var afterName: Int?
        while true {
            guard position < limit else { throw .cutShort(offset: position) }
            let length = Int(message[position])
            switch length {
            case 0:
                wire.append(0)
                offset = afterName ?? position + 1
                guard wire.count <= DNSName.wireBytesMax else { throw .badName(offset: start) }
                return DNSName(checkedWire: wire)
            case 1...DNSName.labelBytesMax:
                let next = position + 1 + length
                guard next <= limit else { throw .cutShort(offset: position) }
                wire += message[position..<next]
                guard wire.count < DNSName.wireBytesMax else { throw .badName(offset: start) }
                position = next
            case 0xc0...0xff:
                guard position + 2 <= limit else { throw .cutShort(offset: position) }
                let target = (length & 0x3f) << 8 | Int(message[position + 1])
                guard target < runStart, target >= DNSMessageView.headerBytes else {
                    throw .badName(offset: start)
                }
                afterName = afterName ?? position + 2
                position = target
                runStart = target
                limit = message.count
            default:
                throw .badName(offset: start)
            }
        }
    }

    /// Lets `read` see the next `count` octets only.
    mutating func within<Value>(
        _ count: Int, _ read: (inout MessageReader) throws(DNSMessageError) -> Value
    ) throws(DNSMessageError) -> Value {
        guard count <= remaining else { throw .cutShort(offset: offset) }
        let outerEnd = end
        end = offset + count
        let value = try read(&self)
        offset = end
        end = outerEnd
        return value
    }
}
