// SPDX-License-Identifier: Apache-2.0

/// A query to send: one question, no records but an OPT.
public struct DNSQuery: Hashable, Sendable {
    public var id: UInt16
    public var question: DNSQuestion
    /// RD alone unless said otherwise.
    public var flags = DNSFlags.query
    public var edns: EDNS?

    public init(id: UInt16, question: DNSQuestion) {
        self.id = id
        self.question = question
    }

    public var recursionDesired: Bool {
        get { flags.recursionDesired }
        set { flags.recursionDesired = newValue }
    }

    public var checkingDisabled: Bool {
        get { flags.checkingDisabled }
        set { flags.checkingDisabled = newValue }
    }

    /// The message in wire form.
    public var encoded: [UInt8] {
        var writer = MessageWriter()
        writer.bytes.reserveCapacity(LocalAnswer.bytesMax)
        for word in [id, flags.rawValue, 1, 0, 0, edns == nil ? 0 : 1] { writer.append(word) }
        writer.bytes += question.name.wire
        writer.append(question.type.rawValue)
        writer.append(question.class.rawValue)
        if let edns { writer.append(edns, .noError) }
        return writer.bytes
    }
}
