// SPDX-License-Identifier: Apache-2.0

import Balancing

/// A connected socket towards one server.
struct ServerSocket {
    /// -1 while the place is not in use.
    var descriptor: Int32
    /// May be used only while a query waits on this socket: the record could be another's later.
    var server: ServerHandle
    var id: ServerID
    /// Slots that wait.
    var waiting: Int32
    /// Slots that wait or keep their identifier.
    var held: Int32
    var isPolled: Bool
    var lastUsedMicroseconds: UInt64
    /// No batch uses it from then on; its successor has another port.
    var retiresMicroseconds: UInt64
    /// The datagrams of the current batch that leave by it, as indexes in the batch.
    var chain: DatagramChain
    /// The next place that is not in use.
    var nextFree: Int32
}
