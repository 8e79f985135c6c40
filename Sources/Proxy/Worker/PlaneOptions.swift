// SPDX-License-Identifier: Apache-2.0

/// What a plane is built with; not reloadable. Values outside their bounds are moved to the nearer.
public struct PlaneOptions: Sendable {
    /// 0 takes a worker for each processor of the affinity mask.
    public var workers = 0
    public static let workersMax = 256

    /// Datagrams for each system call.
    public var batch = DatagramBatch.capacityDefault

    /// Queries in flight for each worker, at most; see ``OutstandingTable``.
    public var outstandingMax = OutstandingTable.capacityDefault

    /// Sockets of a worker towards one server, each with a random source port; a server that
    /// declares more (`sockets`) gets those.
    public var socketsPerServer = Self.socketsPerServerDefault
    /// Four ports for each worker: two bits more to guess, on top of the identifier and the port.
    public static let socketsPerServerDefault = 4
    public static let socketsPerServerMax = 64

    /// How long a socket towards a server is used at least; at most twice as long, by chance. A port
    /// that somebody found out is worth nothing after that.
    public var serverSocketMicroseconds: UInt64 = 60_000_000

    /// `SO_RCVBUF` of listeners and server sockets; the kernel's `rmem_max` bounds it.
    public var receiveBufferBytes = 4 << 20

    /// Pins worker n to the n-th processor.
    public var pinsWorkers = false

    public init() {}
}
