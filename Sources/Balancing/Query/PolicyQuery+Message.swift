// SPDX-License-Identifier: Apache-2.0

public import DNSWire

extension PolicyQuery {
    /// The message as it is now; `nil` when a script left less than a header.
    public var message: DNSMessageView? {
        DNSMessageView(UnsafeRawBufferPointer(start: packet, count: max(0, Int(packetLength))))
    }

    /// All of the message's memory, for rules that change it.
    ///
    /// Only where ``state`` is not `nil`, which says that the memory may be written.
    public var buffer: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: UnsafeMutablePointer(mutating: packet),
            count: max(Int(packetCapacity), Int(packetLength)))
    }

    /// The header, for rules that change it.
    public var header: DNSHeaderWriter? { DNSHeaderWriter(buffer) }

    /// The message's own octets, for rules that change it.
    var written: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: buffer[..<max(0, Int(packetLength))])
    }

    /// Leaves the header, the question and an empty OPT of an answer.
    mutating func cutRecords(isTruncated: Bool) {
        packetLength = Int32(AnswerCut.cut(written, isTruncated: isTruncated))
    }
}
