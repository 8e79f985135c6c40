// SPDX-License-Identifier: Apache-2.0

/// Why a session left Up last (RFC 5880 §4.1, Diag). A peer may send numbers that have no name here.
public struct BFDDiagnostic: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    /// Only the lower five bits travel.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue & 0x1f
    }

    public static let none = BFDDiagnostic(rawValue: 0)
    public static let detectionTimeExpired = BFDDiagnostic(rawValue: 1)
    public static let neighborSignaledDown = BFDDiagnostic(rawValue: 3)
    public static let pathDown = BFDDiagnostic(rawValue: 5)
    public static let administrativelyDown = BFDDiagnostic(rawValue: 7)

    /// The RFC's words, or the number.
    public var words: String {
        switch rawValue {
        case 0: "No Diagnostic"
        case 1: "Control Detection Time Expired"
        case 2: "Echo Function Failed"
        case 3: "Neighbor Signaled Session Down"
        case 4: "Forwarding Plane Reset"
        case 5: "Path Down"
        case 6: "Concatenated Path Down"
        case 7: "Administratively Down"
        case 8: "Reverse Concatenated Path Down"
        default: "diagnostic \(rawValue)"
        }
    }
}
