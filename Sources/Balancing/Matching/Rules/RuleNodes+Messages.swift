// SPDX-License-Identifier: Apache-2.0

import DNSWire

extension RuleNodes {
    /// Selectors that look into the message.
    static func matches(_ node: RuleNode, _ message: DNSMessageView) -> Bool {
        switch node {
        case .opcode(let wanted): message.opcode.rawValue == wanted
        case .recursionDesired: message.recursionDesired
        case .dnssecOK: message.edns?.dnssecOK ?? false
        case .ednsOption(let code): hasOption(code, message)
        case .ednsVersionAbove(let version): message.edns.map { $0.version > version } ?? false
        case .trailingData: hasTrailingData(message)
        case .responseCode(let code): message.responseCode.rawValue == UInt16(code)
        case .extendedResponseCode(let code):
            // The header's four bits first: most answers need no look at the OPT. As with dnsdist, a
            // message without one has no extended code, not even 0.
            message.responseCode.rawValue == code & 0xf
                && message.edns.map { UInt16($0.extendedCode) == code >> 4 } ?? false
        case .recordCount(let section, let lower, let upper):
            (lower...upper).contains(count(section, message))
        case .recordTypeCount(let section, let type, let lower, let upper):
            (lower...upper).contains(count(section, type, message))
        default: false
        }
    }

    private static func count(_ section: UInt8, _ message: DNSMessageView) -> UInt16 {
        switch section {
        case 0: message.questionCount
        case 1: message.answerCount
        case 2: message.authorityCount
        default: message.additionalCount
        }
    }

    /// Records of one type in a section, as far as the message is whole.
    private static func count(
        _ section: UInt8, _ type: UInt16, _ message: DNSMessageView
    ) -> UInt16 {
        if section == 0 { return message.question?.type.rawValue == type ? 1 : 0 }
        guard var cursor = RecordCursor(message) else { return 0 }
        var found: UInt16 = 0
        while let record = cursor.next(), record.section <= section {
            if record.section == section, record.type == type { found &+= 1 }
        }
        return found
    }

    private static func hasOption(_ code: UInt16, _ message: DNSMessageView) -> Bool {
        guard let edns = message.edns else { return false }
        let range = edns.optionsRange
        var offset = range.lowerBound
        while offset + 4 <= range.upperBound {
            if word(message.bytes, at: offset) == code { return true }
            offset += 4 + Int(word(message.bytes, at: offset + 2))
        }
        return false
    }

    /// Whether octets follow the last record.
    private static func hasTrailingData(_ message: DNSMessageView) -> Bool {
        guard var cursor = RecordCursor(message) else { return false }
        while cursor.next() != nil {}
        return !cursor.isBroken && cursor.nextOffset < message.bytes.count
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16 {
        UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
