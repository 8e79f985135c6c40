// SPDX-License-Identifier: Apache-2.0

import DNSWire

extension EditingTargets {
    /// Types in whose RDATA names are written anew, which the decoder keeps as octets.
    private static let rewritten: Set<UInt16> = [
        2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 17, 18, 21, 24, 26, 30, 33, 35, 36, 39,
    ]

    /// Records of the type that the identifier's last octet says, and the OPT.
    @Sendable static func removal(_ bytes: [UInt8]) throws(FuzzFault) {
        let type = UInt16([1, 2, 5, 6, 28, 46, 41, 16][Int(bytes.dropFirst().first ?? 0) % 8])
        try remove(type, from: bytes) { RecordRemover.remove(from: $0) { $0 == type } }
        try remove(41, from: bytes) { OptionEditor.removeOPT(from: $0, length: $0.count) }
    }

    private static func remove(
        _ type: UInt16, from bytes: [UInt8], _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(FuzzFault) {
        try withExactBytes(bytes) { (buffer) throws(FuzzFault) in
            let length = body(buffer)
            try hold(length <= bytes.count, "a removal that adds")
            let after = Array(buffer.prefix(length))
            // Broken, or nothing to remove.
            if after == bytes { return }
            guard let before = try? DNSMessage(decoding: bytes) else {
                return try hold(
                    records(after, without: nil) == records(bytes, without: type),
                    "other types of records in what was no message")
            }
            if type == 41, namesLieInOPT(bytes, before) { return }
            guard let left = try? DNSMessage(decoding: after) else {
                throw FuzzFault(description: "what is left of \(before) is unreadable")
            }
            try hold(left.questions == before.questions, "another question")
            for (one, other) in [
                (before.answers, left.answers), (before.authority, left.authority),
                (before.additional, left.additional),
            ] {
                let wanted = one.filter { $0.type.rawValue != type }
                // An OPT that is no additional record is none, and may stay.
                let other = type == 41 ? other.filter { $0.type != .opt } : other
                let areSame =
                    wanted.count == other.count
                    && zip(wanted, other).allSatisfy { isSame($0, $1) }
                try hold(areSame, "without type \(type), \(before)\nbecame \(left)")
            }
            try hold(type == 41 ? left.edns == nil : left.edns == before.edns, "the OPT")
        }
    }

    private static func isSame(_ one: DNSRecord, _ other: DNSRecord) -> Bool {
        guard one.name.wire == other.name.wire, one.type == other.type, one.class == other.class,
            one.timeToLiveSeconds == other.timeToLiveSeconds
        else { return false }
        if case .raw = one.data, rewritten.contains(one.type.rawValue) { return true }
        return one.data == other.data
    }

    /// The records' types in order.
    private static func records(_ bytes: [UInt8], without type: UInt16?) -> [UInt16] {
        bytes.withUnsafeBytes { raw in
            guard let view = DNSMessageView(raw), var cursor = RecordCursor(view) else { return [] }
            var types: [UInt16] = []
            while let record = cursor.next() {
                if record.type != type { types.append(record.type) }
            }
            return types
        }
    }
}
