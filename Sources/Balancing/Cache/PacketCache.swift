// SPDX-License-Identifier: Apache-2.0

public import Declarations
import Synchronization

/// Owns a packet cache. Snapshots and control hold it; its memory goes with the last of them.
public final class PacketCache: @unchecked Sendable {
    // Unchecked: constants, and a handle that any thread may use.
    private static let lastID = Atomic<UInt32>(0)

    public let handle: PacketCacheHandle
    public let declaration: PacketCacheDeclaration

    /// - Parameter planeThreads: how many threads may use it.
    public convenience init(_ declaration: PacketCacheDeclaration, planeThreads: Int) {
        self.init(declaration, planeThreads: planeThreads, hashBits: 64)
    }

    /// - Parameter hashBits: fewer than 64 make collisions, for tests.
    init(_ declaration: PacketCacheDeclaration, planeThreads: Int, hashBits: Int) {
        let id = Self.lastID.wrappingAdd(1, ordering: .relaxed).newValue
        let storage = UnsafeMutablePointer<CacheStorage>.allocate(capacity: 1)
        storage.initialize(
            to: CacheStorage(
                declaration, id: id, planeThreads: planeThreads, hashBits: hashBits))
        handle = PacketCacheHandle(storage: storage)
        self.declaration = declaration
    }

    deinit {
        handle.storage.pointee.deallocate()
        handle.storage.deinitialize(count: 1)
        handle.storage.deallocate()
    }
}
