// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// Keeps the caches of the generation that serves, so that they survive a reload. One thread (control).
public final class PacketCacheTable {
    private var caches: [PacketCache] = []
    private let planeThreads: Int
    private var turn = 0
    private var pools: [(pool: String, cache: PacketCache)] = []

    /// dnsdist's `setCacheCleaningDelay`.
    private static let sweepSeconds = 60

    public init(planeThreads: Int) {
        self.planeThreads = planeThreads
    }

    /// The caches of a configuration, by position. One that was declared the same at the same position
    /// goes on with what it holds; wherever in the file that was.
    ///
    /// They are the table's own only after ``adopt(_:)``: a generation that is refused changes nothing.
    public func caches(for declarations: [PacketCacheDeclaration]) -> [PacketCache] {
        declarations.enumerated().map { position, declaration in
            if caches.indices.contains(position),
                caches[position].declaration.isSame(as: declaration)
            {
                return caches[position]
            }
            return PacketCache(declaration, planeThreads: planeThreads)
        }
    }

    /// Takes over the caches of a snapshot that was published.
    public func adopt(_ snapshot: PlaneSnapshot) {
        adopt(snapshot.caches)
        pools = zip(snapshot.poolNames, snapshot.poolCaches).compactMap { name, position in
            position.map { (name, snapshot.caches[$0]) }
        }
    }

    func adopt(_ caches: [PacketCache]) { self.caches = caches }

    /// What the cache of each pool that has one counts, by the pool's name.
    public var figures: [(pool: String, figures: CacheFigures)] {
        pools.map { ($0.pool, CacheFigures($0.cache.handle)) }
    }

    /// Once a second: frees what is beyond its time, all of a cache within ``sweepSeconds``.
    ///
    /// - Parameters:
    ///   - now: the monotonic clock, in microseconds.
    ///   - staleSeconds: how long entries are of use beyond their time.
    ///   - serversAreDown: whether no server is up: then a cache that `keepStaleData` is said of
    ///     loses nothing.
    public func sweep(now: UInt64, staleSeconds: UInt32, serversAreDown: Bool) {
        for cache in caches where !(cache.declaration.keepsStaleData && serversAreDown) {
            cache.handle.sweep(
                turn: turn, of: Self.sweepSeconds, now: now, staleSeconds: staleSeconds)
        }
        turn += 1
    }
}

extension PacketCacheDeclaration {
    /// Equal but for the place in the file.
    func isSame(as other: PacketCacheDeclaration) -> Bool {
        var moved = other
        moved.location = location
        return moved == self
    }
}
