// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A decoded UPDATE (RFC 4271 §4.3, RFC 4760), after RFC 7606 has had its say.
///
///     +---------------+- - - - - -+----------------+- - - - - - -+- - - -
///     | withdrawn len | withdrawn | attributes len | attributes  | NLRI
///     +---------------+- - - - - -+----------------+- - - - - - -+- - - -
public struct UpdateMessage: Hashable, Sendable {
    /// Of both families; with a fault of consequence `treatAsWithdraw`, what was announced too.
    public internal(set) var withdrawn: [IPPrefix] = []
    public internal(set) var announced: [IPPrefix] = []
    public internal(set) var attributes = PathAttributes()
    public internal(set) var faults: [AttributeFault] = []
    /// The family whose initial routes are complete (RFC 4724 §2).
    public internal(set) var endOfRIB: AddressFamily?
    /// Families whose routes of this session count for nothing any more: what was said of them
    /// could not be read.
    public internal(set) var disabledFamilies: [AddressFamily] = []

    init() {}

    public var isTreatedAsWithdraw: Bool {
        faults.contains { $0.consequence == .treatAsWithdraw }
    }
}

extension UpdateMessage: CustomStringConvertible {
    public var description: String {
        var parts = ["UPDATE"]
        if let endOfRIB { parts.append("End-of-RIB \(endOfRIB)") }
        if !withdrawn.isEmpty {
            parts.append("withdraw " + withdrawn.map(\.description).joined(separator: " "))
        }
        if !announced.isEmpty {
            parts.append("announce " + announced.map(\.description).joined(separator: " "))
            parts.append(attributes.description)
        }
        parts += faults.map { "(\($0))" }
        return parts.joined(separator: " ")
    }
}
