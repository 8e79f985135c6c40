// SPDX-License-Identifier: Apache-2.0

/// What a session negotiated that changes how an UPDATE reads.
public struct UpdateContext: Hashable, Sendable {
    /// Both sides offered 4-octet AS numbers (RFC 6793).
    public var isFourOctetAS: Bool
    /// iBGP: LOCAL_PREF is expected there and discarded elsewhere (RFC 7606 §7.5).
    public var isInternal: Bool
    /// Offered by both; prefixes of others are nobody's and not looked at. `nil` looks at both
    /// unicast families.
    public var families: [AddressFamily]?

    public init(
        isFourOctetAS: Bool, isInternal: Bool, families: [AddressFamily]? = nil
    ) {
        self.isFourOctetAS = isFourOctetAS
        self.isInternal = isInternal
        self.families = families
    }

    func carries(_ family: AddressFamily) -> Bool {
        families?.contains(family) ?? (family.addressFamily != nil)
    }
}
