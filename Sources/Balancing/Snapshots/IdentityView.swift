// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations

/// Who we say that we are, as the plane reads it. Its memory is the snapshot's.
public struct IdentityView {
    /// CH (RFC 1035 §3.2.4).
    public static var chaosClass: UInt16 { 3 }
    /// The code of NSID (RFC 5001 §2.3).
    public static var nsidOption: UInt16 { 3 }

    /// What a question of class CH asks of us.
    public enum Answer {
        /// Nothing that we know: it is a question as any other.
        case none
        /// Something that we do not tell.
        case refused
        /// A TXT record, as ``SpoofedAnswer`` lays records out.
        case text(UnsafeRawBufferPointer)
    }

    /// The option's value; empty when the option is left alone.
    public let nsid: UnsafeRawBufferPointer
    private let id: UnsafeRawBufferPointer
    private let hostname: UnsafeRawBufferPointer
    private let version: UnsafeRawBufferPointer
    private let forwardsUntold: Bool

    /// Allocates; the owner calls ``deallocate()``.
    init(_ declaration: ServerIdentityDeclaration) {
        nsid = Octets(declaration.nsid ?? []).bytes
        id = Self.layout(declaration.id)
        hostname = Self.layout(declaration.hostname)
        version = Self.layout(declaration.version)
        forwardsUntold = declaration.forwardsUntold
    }

    func deallocate() {
        for octets in [nsid, id, hostname, version] { octets.deallocate() }
    }

    /// Octets that an answer of ours takes beyond its question and an empty OPT, at most.
    var answerBytesMax: Int {
        // A record without its name's octets has twelve before its data.
        12 + max(id.count, hostname.count, version.count) + optionBytes
    }

    /// Octets that the option takes in an OPT.
    public var optionBytes: Int { nsid.isEmpty ? 0 : 4 + nsid.count }

    /// What a name of class CH asks of us.
    ///
    /// - Parameter name: wire form, in any case.
    public func answer(to name: UnsafeRawBufferPointer) -> Answer {
        let text: UnsafeRawBufferPointer
        if Self.isName(name, "id", "server") {
            text = id
        } else if Self.isName(name, "hostname", "bind") {
            text = hostname
        } else if Self.isName(name, "version", "bind") || Self.isName(name, "version", "server")
            || Self.isName(name, "version", "pdns")
        {
            text = version
        } else {
            return .none
        }
        if !text.isEmpty { return .text(text) }
        return forwardsUntold ? .none : .refused
    }

    /// One TXT record of one character-string; empty for nothing.
    private static func layout(_ text: [UInt8]?) -> UnsafeRawBufferPointer {
        guard let text = text?.prefix(ServerIdentityDeclaration.textBytesMax) else {
            return Octets([UInt8]()).bytes
        }
        return Octets(SpoofedAnswer.layout([[UInt8(text.count)] + text])).bytes
    }

    private static func isName(
        _ name: UnsafeRawBufferPointer, _ first: StaticString, _ second: StaticString
    ) -> Bool {
        let start = first.utf8CodeUnitCount + 1
        guard name.count == start + second.utf8CodeUnitCount + 2, name[name.count - 1] == 0 else {
            return false
        }
        return isLabel(name, at: 0, first) && isLabel(name, at: start, second)
    }

    private static func isLabel(
        _ name: UnsafeRawBufferPointer, at offset: Int, _ label: StaticString
    ) -> Bool {
        let count = label.utf8CodeUnitCount
        return Int(name[offset]) == count
            && CaseFolding.areEqual(
                UnsafeRawBufferPointer(rebasing: name[offset + 1..<offset + 1 + count]),
                UnsafeRawBufferPointer(start: label.utf8Start, count: count))
    }
}
