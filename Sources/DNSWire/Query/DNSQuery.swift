// SPDX-License-Identifier: Apache-2.0

/// A query to send: one question, no records but an OPT.
public struct DNSQuery: Hashable, Sendable {
    public var id: UInt16
    public var question: DNSQuestion
    public var recursionDesired = true
    public var checkingDisabled = false
    public var edns: EDNS?

    public init(id: UInt16, question: DNSQuestion) {
        self.id = id
        self.question = question
    }

    /// The message in wire form.
    public var encoded: [UInt8] {
        var flags = DNSFlags(rawValue: 0)
        flags.recursionDesired = recursionDesired
        flags.checkingDisabled = checkingDisabled
        var bytes: [UInt8] = []
        bytes.reserveCapacity(LocalAnswer.bytesMax)
        func append(_ word: UInt16) {
            bytes.append(UInt8(truncatingIfNeeded: word >> 8))
            bytes.append(UInt8(truncatingIfNeeded: word))
        }
        for word in [id, flags.rawValue, 1, 0, 0, edns == nil ? 0 : 1] { append(word) }
        bytes += question.name.wire
        append(question.type.rawValue)
        append(question.class.rawValue)
        guard let edns else { return bytes }
        bytes.append(0)
        append(DNSType.opt.rawValue)
        append(edns.payloadBytes)
        append(UInt16(edns.version))
        append(edns.dnssecOK ? 0x8000 : 0)
        append(UInt16(truncatingIfNeeded: edns.options.count))
        return bytes + edns.options
    }
}
