// SPDX-License-Identifier: Apache-2.0

import CLua

extension LuaVM {
    /// A number that says what a function can do.
    public struct Digest: Hashable, Sendable {
        public var value: UInt64
        /// False when something could not be looked into: a host's object, an open file, too much.
        public var isSure: Bool
    }

    /// Counts everything that is defined now as ours: a digest names it by its place in the globals.
    public func noteBaseline() throws(LuaError) {
        try requireOpen()
        try check(clua_note_baseline(handle))
    }

    /// Of a function: its instructions, its upvalues and the globals, and what they lead to. Lines,
    /// files and names of local variables do not count.
    ///
    /// - Parameter knownKinds: kinds of objects, below 64, that say enough by their number.
    public func digest(
        of function: LuaFunction, knownKinds: [UInt16] = []
    ) throws(LuaError) -> Digest {
        try requireOpen()
        let kinds = knownKinds.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
        var value: UInt64 = 0
        var isSure = false
        try check(clua_digest(handle, function.reference, kinds, &value, &isSure))
        return Digest(value: value, isSure: isSure)
    }
}
