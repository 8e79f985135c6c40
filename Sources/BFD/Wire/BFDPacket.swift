// SPDX-License-Identifier: Apache-2.0

/// A BFD Control packet without an authentication section (RFC 5880 §4.1). Intervals are in
/// microseconds.
public struct BFDPacket: Hashable, Sendable {
    public static let bytes = 24
    private static let version: UInt8 = 1

    public var diagnostic = BFDDiagnostic.none
    public var state = BFDState.down
    public var poll = false
    public var final = false
    /// The sender's BFD does not share fate with its control plane.
    public var controlPlaneIndependent = false
    public var demand = false
    /// Missed packets after which the receiver is to give the sender up.
    public var detectMultiplier: UInt8 = 3
    public var myDiscriminator: UInt32 = 0
    /// 0 while the sender has heard nothing.
    public var yourDiscriminator: UInt32 = 0
    public var desiredMinTx: UInt32 = 0
    /// 0: send nothing periodically.
    public var requiredMinRx: UInt32 = 0
    /// 0: echo packets are not looped back.
    public var requiredMinEchoRx: UInt32 = 0

    public init() {}

    /// Why octets are not a packet that a session may look at (RFC 5880 §6.8.6).
    public enum Fault: Error, Hashable, Sendable {
        case short
        case version(UInt8)
        case length(UInt8)
        case detectMultiplierZero
        case multipoint
        case authenticated
        case discriminatorZero
        /// Your Discriminator is 0 in a state that needs one.
        case stateNeedsDiscriminator
    }

    /// Reads what a datagram holds; octets after the packet's own length are ignored.
    public init(_ octets: some Collection<UInt8>) throws(Fault) {
        let octets = ArraySlice(octets)
        guard octets.count >= Self.bytes else { throw .short }
        let start = octets.startIndex
        func word(_ offset: Int) -> UInt32 {
            octets[start + offset..<start + offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
        let (first, flags, length) = (octets[start], octets[start + 1], octets[start + 3])
        guard first >> 5 == Self.version else { throw .version(first >> 5) }
        // Without the A bit the length is the header's alone; with it, it must hold a section.
        let isAuthenticated = flags & 0x04 != 0
        guard Int(length) >= (isAuthenticated ? Self.bytes + 2 : Self.bytes),
            Int(length) <= octets.count
        else { throw .length(length) }
        guard octets[start + 2] != 0 else { throw .detectMultiplierZero }
        guard flags & 0x01 == 0 else { throw .multipoint }
        guard !isAuthenticated else { throw .authenticated }
        diagnostic = BFDDiagnostic(rawValue: first)
        state = BFDState(rawValue: flags >> 6) ?? .down  // two bits: all four are there
        poll = flags & 0x20 != 0
        final = flags & 0x10 != 0
        controlPlaneIndependent = flags & 0x08 != 0
        demand = flags & 0x02 != 0
        detectMultiplier = octets[start + 2]
        myDiscriminator = word(4)
        yourDiscriminator = word(8)
        desiredMinTx = word(12)
        requiredMinRx = word(16)
        requiredMinEchoRx = word(20)
        guard myDiscriminator != 0 else { throw .discriminatorZero }
        guard yourDiscriminator != 0 || state == .down || state == .adminDown else {
            throw .stateNeedsDiscriminator
        }
    }

    public var encoded: [UInt8] {
        var octets: [UInt8] = [
            Self.version << 5 | diagnostic.rawValue,
            state.rawValue << 6 | (poll ? 0x20 : 0) | (final ? 0x10 : 0)
                | (controlPlaneIndependent ? 0x08 : 0) | (demand ? 0x02 : 0),
            detectMultiplier, UInt8(Self.bytes),
        ]
        for word in [
            myDiscriminator, yourDiscriminator, desiredMinTx, requiredMinRx, requiredMinEchoRx,
        ] {
            octets += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
        }
        return octets
    }
}

extension BFDPacket.Fault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .short: "shorter than \(BFDPacket.bytes) octets"
        case .version(let version): "version \(version)"
        case .length(let length): "length \(length)"
        case .detectMultiplierZero: "detect multiplier 0"
        case .multipoint: "the multipoint bit"
        case .authenticated: "authenticated, which is not configured"
        case .discriminatorZero: "my discriminator 0"
        case .stateNeedsDiscriminator: "your discriminator 0 in state Init or Up"
        }
    }
}
