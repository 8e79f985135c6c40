// SPDX-License-Identifier: Apache-2.0

import Addressing

/// What a session makes of wanted attributes, once for all routes of a family that share them.
struct Resolutions: Sendable {
    typealias Number = UInt32

    enum Resolution: Hashable, Sendable {
        /// Attributes as they are sent; a reference belongs to the entry.
        case path(Number)
        case refused
    }

    /// By number of the wanted attributes; two families each.
    private var entries: [Resolution?] = []

    func find(_ wanted: Number, _ family: IPAddress.Family) -> Resolution? {
        let place = Self.place(wanted, family)
        return place < entries.count ? entries[place] : nil
    }

    mutating func insert(_ resolution: Resolution, _ wanted: Number, _ family: IPAddress.Family) {
        let place = Self.place(wanted, family)
        while entries.count <= place { entries.append(nil) }
        entries[place] = resolution
    }

    /// Forgets what `wanted` became; the references that were the entries' are the caller's now.
    mutating func remove(_ wanted: Number) -> [Number] {
        [IPAddress.Family.v4, .v6].compactMap { family in
            let place = Self.place(wanted, family)
            guard place < entries.count else { return nil }
            defer { entries[place] = nil }
            return Self.number(entries[place])
        }
    }

    mutating func removeAll() -> [Number] {
        defer { entries = [] }
        return entries.compactMap(Self.number)
    }

    private static func place(_ wanted: Number, _ family: IPAddress.Family) -> Int {
        Int(wanted) * 2 + Int(family.rawValue)
    }

    private static func number(_ entry: Resolution?) -> Number? {
        if case .path(let number)? = entry { number } else { nil }
    }
}
