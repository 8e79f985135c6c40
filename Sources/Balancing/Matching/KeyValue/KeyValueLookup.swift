// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Declarations
import Glibc

/// `KeyValueStoreLookupRule`: which store, and what of a message is its key.
struct KeyValueLookup {
    enum Key {
        case name(isWire: Bool)
        case suffixes(minLabels: Int32, isWire: Bool)
        case source(lengthV4: Int32, lengthV6: Int32, includesPort: Bool)
        case tag(Octets)
    }

    let reader: KeyValueReader
    let key: Key

    init(_ reader: KeyValueReader, _ key: KeyValueLookupKey) {
        self.reader = reader
        self.key =
            switch key {
            case .queryName(let isWire): .name(isWire: isWire)
            case .suffixes(let minLabels, let isWire):
                .suffixes(minLabels: Int32(clamping: minLabels), isWire: isWire)
            case .sourceAddress(let lengthV4, let lengthV6, let includesPort):
                .source(
                    lengthV4: Int32(min(max(0, lengthV4), 32)),
                    lengthV6: Int32(min(max(0, lengthV6), 128)), includesPort: includesPort)
            case .tag(let name): .tag(Octets(name.utf8))
            }
    }

    func deallocate() {
        if case .tag(let name) = key { name.deallocate() }
    }

    /// Whether the store has the message's key.
    func matches(_ query: borrowing PolicyQuery) -> Bool {
        let thread = Int(query.thread)
        let name = UnsafeRawBufferPointer(query.name)
        switch key {
        case .name(let isWire):
            return reader.withFile(thread: thread) { Self.contains($0, name, isWire) }
        case .suffixes(let minLabels, let isWire):
            return reader.withFile(thread: thread) {
                Self.containsSuffix($0, name, Int(minLabels), isWire)
            }
        case .source(let lengthV4, let lengthV6, let includesPort):
            let client = query.remoteAddress
            return reader.withFile(thread: thread) {
                Self.containsSource($0, client, Int(lengthV4), Int(lengthV6), includesPort)
            }
        case .tag(let name):
            guard let value = query.state?.pointee.tags.value(of: name.bytes) else { return false }
            return reader.withFile(thread: thread) { $0.contains(value) }
        }
    }

    /// In lower case: wire form, or text without the last dot, "." for the root.
    private static func contains(
        _ file: CDBFile, _ name: UnsafeRawBufferPointer, _ isWire: Bool
    ) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NameText.bytesMax + 1) { text in
            var length = 0
            if isWire {
                for octet in name.prefix(text.count) {
                    text[length] = CaseFolding.fold(octet)
                    length += 1
                }
            } else {
                length = NameText.write(name, into: text, foldsCase: true)
                if length == 0 {
                    text[0] = UInt8(ascii: ".")
                    length = 1
                }
            }
            return file.contains(
                UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: text[..<length])))
        }
    }

    /// The name, then its parents down to `minLabels` labels, never the root.
    private static func containsSuffix(
        _ file: CDBFile, _ name: UnsafeRawBufferPointer, _ minLabels: Int, _ isWire: Bool
    ) -> Bool {
        var labels = 0
        var offset = 0
        while offset < name.count, name[offset] != 0 {
            labels += 1
            offset += 1 + Int(name[offset])
        }
        offset = 0
        while labels >= max(1, minLabels), offset < name.count {
            if contains(file, UnsafeRawBufferPointer(rebasing: name[offset...]), isWire) {
                return true
            }
            offset += 1 + Int(name[offset])
            labels -= 1
        }
        return false
    }

    private static func containsSource(
        _ file: CDBFile, _ client: UnsafeRawPointer, _ lengthV4: Int, _ lengthV6: Int,
        _ includesPort: Bool
    ) -> Bool {
        guard let address = IPAddress(rawSocketAddress: client) else { return false }
        let isV4 = address.family == .v4
        let size = isV4 ? 4 : 16
        return withUnsafeTemporaryAllocation(byteCount: 18, alignment: 8) { key in
            key.copyMemory(
                from: UnsafeRawBufferPointer(start: client + (isV4 ? 4 : 8), count: size))
            for bit in (isV4 ? lengthV4 : lengthV6)..<size * 8 {
                key[bit / 8] &= ~(0x80 >> UInt8(bit % 8))
            }
            guard includesPort else {
                return file.contains(UnsafeRawBufferPointer(rebasing: key[..<size]))
            }
            key[size] = client.load(fromByteOffset: 2, as: UInt8.self)
            key[size + 1] = client.load(fromByteOffset: 3, as: UInt8.self)
            return file.contains(UnsafeRawBufferPointer(rebasing: key[..<(size + 2)]))
        }
    }
}
