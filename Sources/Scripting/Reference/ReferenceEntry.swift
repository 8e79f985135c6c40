// SPDX-License-Identifier: Apache-2.0

/// One Lua name that an operator can write, and what it does here.
struct ReferenceEntry: Hashable, Sendable {
    /// What becomes of it.
    enum Status: Hashable, Sendable {
        case supported
        /// Taken with one warning; the text says what happens instead.
        case withoutEffect(instead: String)
        /// An error when it is used; the text says why, or what to use.
        case refused(because: String)
    }

    let group: ReferenceGroup
    /// `newServer`, `newServer.address` (a key), `server.isUp` (a method or a field).
    let name: String
    /// As the operator writes it, with what it returns: `server:isUp() → true or false`.
    let signature: String
    /// A sentence or two.
    let text: String
    /// What differs from dnsdist, or between its versions.
    let dnsdist: String?
    let status: Status

    /// The part before the last dot: the call of a key, the object of a method; `nil` for a global.
    var owner: String? {
        name.lastIndex(of: ".").map { String(name[..<$0]) }
    }

    /// A key of a table argument, as opposed to what an object has.
    var isKey: Bool { signature.dropFirst(name.count).hasPrefix(" = ") }

    /// What comes after the owner, as written: `isUp() → true or false`, `address = "…"`.
    var memberSignature: String {
        guard let owner else { return signature }
        return String(signature.dropFirst(owner.count + 1))
    }
}
