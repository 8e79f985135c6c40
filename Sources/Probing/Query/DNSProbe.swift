// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import DNSWire

/// A DNS query to make.
public struct DNSProbe: Hashable, Sendable {
    public enum Transport: String, Hashable, Sendable {
        /// UDP, and TCP when the answer is truncated.
        case udp
        /// UDP; a truncated answer is an answer.
        case udpOnly
        case tcp
        /// UDP and then TCP, both of which must answer; the reply is TCP's.
        case both
    }

    public var server: Endpoint
    public var question: DNSQuestion
    public var transport = Transport.udp
    /// For one try, TCP after truncation included.
    public var timeoutMilliseconds = 500
    /// Tries after the first, made when nothing answers; a refusal ends them.
    public var retries = 0
    /// Of the query's header.
    public var flags = DNSFlags.query
    /// DO; brings EDNS with it.
    public var dnssecOK = false
    /// The UDP payload that we say we can receive; brings EDNS with it.
    public var payloadBytes: UInt16?
    /// Asks which server of several answers (RFC 5001); brings EDNS with it.
    public var asksServerIdentity = false
    /// `nil` leaves the choice to the kernel.
    public var source: IPAddress?
    /// An interface's name to leave by.
    public var sourceInterface: String?

    public init(server: Endpoint, question: DNSQuestion) {
        self.server = server
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

    /// As errors and traces name it.
    public var call: String { "dns.query \(server)" }

    /// The message with this identifier.
    func encoded(id: UInt16) -> [UInt8] {
        var query = DNSQuery(id: id, question: question)
        query.flags = flags
        query.edns = edns
        return query.encoded
    }

    private var edns: EDNS? {
        guard dnssecOK || payloadBytes != nil || asksServerIdentity else { return nil }
        var edns = EDNS(dnssecOK: dnssecOK)
        if let payloadBytes { edns.payloadBytes = payloadBytes }
        if asksServerIdentity { edns.add(EDNS.Option(code: EDNS.Option.nsid, value: [])) }
        return edns
    }

    /// What may be offered: 512 is what everybody takes (RFC 1035 §4.2.1), 4096 what was
    /// customary before 2020 and what one answer's buffer here holds.
    public static let payloadBytesRange = 512...4_096
}
