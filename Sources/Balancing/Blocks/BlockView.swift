// SPDX-License-Identifier: Apache-2.0

public import Declarations
import Synchronization

/// The blocks as plane threads look them up; got from ``BlockCell/view``.
public struct BlockView {
    let sources: BlockedSources
    let names: BlockedNames

    /// A block that a query met.
    public struct Match {
        let state: UnsafeMutablePointer<BlockState>

        /// `.none` stands for the configuration's.
        public var action: ScriptAction { state.pointee.action }

        /// Counts the query. Of all plane threads: two of them seldom meet in one block at a time.
        public func count() { state.pointee.count.wrappingAdd(1, ordering: .relaxed) }
    }

    /// The longest network in force that the client is in.
    ///
    /// - Parameter client: a `sockaddr_in` or `sockaddr_in6`.
    public func match(client: UnsafeRawPointer, nowMicroseconds: UInt64) -> Match? {
        sources.find(client, nowMicroseconds).map { Match(state: $0) }
    }

    /// The longest name in force that this one is, or is below.
    ///
    /// - Parameter name: in wire form.
    public func match(name: UnsafeRawBufferPointer, nowMicroseconds: UInt64) -> Match? {
        names.find(name, nowMicroseconds).map { Match(state: $0) }
    }
}
