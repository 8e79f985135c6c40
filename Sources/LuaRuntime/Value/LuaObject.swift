// SPDX-License-Identifier: Apache-2.0

/// Names a host object in scripts: what it is, which one, and which life of that one.
///
/// The host looks it up by `id` and refuses it when the generation has moved on.
public struct LuaObject: Hashable, Sendable {
    /// The kind of servers in plane VMs: a table there, with this ordinal as `id`.
    public static let planeServerKind: UInt16 = 0xFFFF
    /// Kinds are numbered from zero up to this.
    public static let kindMax: UInt16 = 255

    public let kind: UInt16
    public let id: UInt32
    public let generation: UInt32

    public init(kind: UInt16, id: UInt32, generation: UInt32 = 0) {
        self.kind = kind
        self.id = id
        self.generation = generation
    }
}
