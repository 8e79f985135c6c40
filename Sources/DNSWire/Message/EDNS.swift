// SPDX-License-Identifier: Apache-2.0

/// What a message says in its OPT record (RFC 6891 §6.1).
public struct EDNS: Hashable, Sendable {
    /// The UDP payload the sender can receive, in octets.
    public var payloadBytes: UInt16
    public var version: UInt8
    /// DO (RFC 3225).
    public var dnssecOK: Bool
    /// Codes, lengths and values, undecoded.
    public var options: [UInt8]

    /// 1232 octets fit the least MTU of IPv6 (the DNS flag day of 2020).
    public init(
        payloadBytes: UInt16 = LocalAnswer.payloadBytes, version: UInt8 = 0, dnssecOK: Bool = false,
        options: [UInt8] = []
    ) {
        self.payloadBytes = payloadBytes
        self.version = version
        self.dnssecOK = dnssecOK
        self.options = options
    }
}
