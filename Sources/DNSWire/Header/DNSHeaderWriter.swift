// SPDX-License-Identifier: Apache-2.0

/// Changes a message's header where it lies. Borrows the buffer.
@frozen
public struct DNSHeaderWriter {
    public let bytes: UnsafeMutableRawBufferPointer

    /// Opens a buffer; `nil` when it is shorter than a header.
    @inlinable
    public init?(_ bytes: UnsafeMutableRawBufferPointer) {
        guard bytes.count >= DNSMessageView.headerBytes else { return nil }
        self.bytes = bytes
    }

    @inlinable
    public func setID(_ id: UInt16) { store(id, at: 0) }

    @inlinable
    public func setFlags(_ flags: DNSFlags) { store(flags.rawValue, at: 2) }

    @inlinable
    public func setResponseCode(_ code: ResponseCode) {
        var flags = self.flags
        flags.responseCode = code
        setFlags(flags)
    }

    /// Puts RD and CD back as the client sent them, for a server that answers with its own.
    @inlinable
    public func restoreRequestFlags(of query: DNSFlags) {
        let mask: UInt16 = 0x0110  // RD and CD
        setFlags(DNSFlags(rawValue: flags.rawValue & ~mask | query.rawValue & mask))
    }

    @inlinable
    public func setCounts(
        questions: UInt16, answers: UInt16, authority: UInt16, additional: UInt16
    ) {
        store(questions, at: 4)
        store(answers, at: 6)
        store(authority, at: 8)
        store(additional, at: 10)
    }

    /// Zeroes the counts of all record sections; the question's stays.
    @inlinable
    public func clearRecordCounts() {
        store(0, at: 6)
        store(0, at: 8)
        store(0, at: 10)
    }

    @inlinable public var flags: DNSFlags {
        DNSFlags(
            rawValue: UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
    }

    @inlinable
    func store(_ value: UInt16, at offset: Int) {
        bytes.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }
}
