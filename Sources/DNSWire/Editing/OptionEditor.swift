// SPDX-License-Identifier: Apache-2.0
//
// Options of a message's OPT record (RFC 6891 §6.1.2), put in and taken out where the message lies.
// Only a message that ends with its OPT is edited, so nothing behind it moves and no compression pointer
// has to change: the servers that we know put it last. One that is signed as a whole (TSIG, SIG(0)) ends
// with its signature, and stays what was signed.

/// Edits the options of a message.
public enum OptionEditor {
    /// What ``set(_:to:in:length:payloadBytes:)`` did.
    public struct Change: Equatable, Sendable {
        /// The message's octets now.
        public var length: Int
        /// There was no OPT before.
        public var addedOPT: Bool
        /// The option was there before, perhaps with another value.
        public var replaced: Bool
    }

    /// Gives an option a value. The message gets an OPT if it has none.
    ///
    /// - Parameters:
    ///   - buffer: the message at its start, and the room behind it.
    ///   - length: the message's octets.
    ///   - payloadBytes: what a new OPT says that the sender can receive over UDP.
    /// - Returns: `nil` when nothing was changed: no room, broken, signed, or octets behind the OPT.
    public static func set(
        _ code: UInt16, to value: UnsafeRawBufferPointer,
        in buffer: UnsafeMutableRawBufferPointer, length: Int, payloadBytes: UInt16
    ) -> Change? {
        guard value.count <= 0xff, let place = Place(buffer, length: length) else { return nil }
        var change = Change(length: length, addedOPT: false, replaced: false)
        var start = length
        if let opt = place.opt {
            guard let old = octets(of: code, in: UnsafeRawBufferPointer(buffer), opt.data)
            else { return nil }
            let grown = length - old + 4 + value.count
            guard grown <= min(buffer.count, 0xffff) else { return nil }
            if old > 0 {
                start = cut(code, from: buffer, opt, length: length)
                change.replaced = true
            }
            store(UInt16(opt.data.count - old + 4 + value.count), buffer, opt.lengthOffset)
        } else {
            let grown = length + EDNSView.emptyBytes + 4 + value.count
            guard grown <= min(buffer.count, 0xffff), place.additionalCount < 0xffff else {
                return nil
            }
            // The root, TYPE, the payload in CLASS's place; version 0, no flags in TTL's.
            buffer[length] = 0
            store(41, buffer, length + 1)
            store(payloadBytes, buffer, length + 3)
            store(0, buffer, length + 5)
            store(0, buffer, length + 7)
            store(UInt16(4 + value.count), buffer, length + 9)
            store(place.additionalCount + 1, buffer, 10)
            change.addedOPT = true
            start += EDNSView.emptyBytes
        }
        store(code, buffer, start)
        store(UInt16(value.count), buffer, start + 2)
        if !value.isEmpty {
            UnsafeMutableRawBufferPointer(rebasing: buffer[(start + 4)...]).copyMemory(from: value)
        }
        change.length = start + 4 + value.count
        return change
    }

    /// Takes an option out, each that has its code, and returns the message's new length: the old one
    /// when it is not there or the message cannot be edited.
    public static func remove(
        _ code: UInt16, from buffer: UnsafeMutableRawBufferPointer, length: Int
    ) -> Int {
        guard let opt = Place(buffer, length: length)?.opt,
            let old = octets(of: code, in: UnsafeRawBufferPointer(buffer), opt.data), old > 0
        else { return length }
        store(UInt16(opt.data.count - old), buffer, opt.lengthOffset)
        return cut(code, from: buffer, opt, length: length)
    }

    /// Takes the OPT out, and returns the message's new length.
    public static func removeOPT(
        from buffer: UnsafeMutableRawBufferPointer, length: Int
    ) -> Int {
        guard let place = Place(buffer, length: length), let opt = place.opt else {
            return RecordRemover.remove(
                from: UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]),
                where: { $0 == 41 })
        }
        store(place.additionalCount - 1, buffer, 10)
        return opt.start
    }

    /// Where an option's value lies; `nil` when the message has no such option.
    public static func value(
        of code: UInt16, in message: DNSMessageView
    ) -> Range<Int>? {
        guard let edns = message.edns,
            case .option(let found) = find(code, in: message.bytes, edns.optionsRange)
        else { return nil }
        return found.lowerBound + 4..<found.upperBound
    }
}

extension OptionEditor {
    /// The OPT at a message's end, or that there is none.
    private struct Place {
        struct OPT {
            let start: Int
            let data: Range<Int>
            var lengthOffset: Int { data.lowerBound - 2 }
        }

        let opt: OPT?
        let additionalCount: UInt16

        init?(_ buffer: UnsafeMutableRawBufferPointer, length: Int) {
            guard length <= buffer.count,
                let view = DNSMessageView(UnsafeRawBufferPointer(rebasing: buffer[..<length])),
                var cursor = RecordCursor(view)
            else { return nil }
            var opt: OPT?
            while let record = cursor.next() {
                // TSIG and SIG(0) sign all that is before them.
                if record.section == 3, record.type == 250 || record.type == 24 { return nil }
                guard opt == nil else { return nil }
                if record.section == 3, record.isPseudo {
                    // An OPT's name is the root (RFC 6891 §6.1.2); what else it is nobody knows.
                    guard record.fixedOffset == record.nameOffset + 1 else { return nil }
                    opt = OPT(start: record.nameOffset, data: record.data)
                }
            }
            guard !cursor.isBroken, cursor.nextOffset == length else { return nil }
            self.opt = opt
            additionalCount = view.additionalCount
        }
    }

    /// What ``find(_:in:_:)`` found.
    private enum Finding {
        case option(Range<Int>)
        case none
        case broken
    }

    /// Looks for an option; its range begins with its code.
    private static func find(
        _ code: UInt16, in bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> Finding {
        var offset = range.lowerBound
        var finding = Finding.none
        while offset < range.upperBound {
            guard offset + 4 <= range.upperBound else { return .broken }
            let end = offset + 4 + Int(EDNSView.word(bytes, at: offset + 2))
            guard end <= range.upperBound else { return .broken }
            if case .none = finding, EDNSView.word(bytes, at: offset) == code {
                finding = .option(offset..<end)
            }
            offset = end
        }
        return finding
    }

    /// What an option takes, all that have its code together; `nil` when one of the OPT is broken.
    private static func octets(
        of code: UInt16, in bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> Int? {
        var rest = range
        var octets = 0
        while true {
            switch find(code, in: bytes, rest) {
            case .broken: return nil
            case .none: return octets
            case .option(let found):
                octets += found.count
                rest = found.upperBound..<range.upperBound
            }
        }
    }

    /// Moves what is behind an option over it, each that has its code; the message's new length.
    private static func cut(
        _ code: UInt16, from buffer: UnsafeMutableRawBufferPointer, _ opt: Place.OPT, length: Int
    ) -> Int {
        var length = length
        while case .option(let found) = find(
            code, in: UnsafeRawBufferPointer(buffer), opt.data.lowerBound..<length)
        {
            UnsafeMutableRawBufferPointer(rebasing: buffer[found.lowerBound...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: buffer[found.upperBound..<length]))
            length -= found.count
        }
        return length
    }

    private static func store(
        _ word: UInt16, _ buffer: UnsafeMutableRawBufferPointer, _ offset: Int
    ) {
        buffer.storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt16.self)
    }
}
