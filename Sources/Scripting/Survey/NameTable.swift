// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// The names of dnsdist and Pharos that a configuration uses, and what becomes of each here.
public struct NameTable: Hashable, Sendable {
    /// One name, where it was first met.
    public struct Entry: Hashable, Sendable {
        /// `newServer`, `newServer.address` (a key), `:isUp` (a method), `dq.qname` (a field).
        public let name: String
        /// What happens instead, or what may have been meant; empty for a supported name.
        public let note: String
        public let location: SourceLocation

        public init(name: String, note: String, location: SourceLocation) {
            self.name = name
            self.note = note
            self.location = location
        }
    }

    public var supported: [Entry] = []
    public var withoutEffect: [Entry] = []
    /// Known nowhere, or refused.
    public var unknown: [Entry] = []

    public init() {}
}
