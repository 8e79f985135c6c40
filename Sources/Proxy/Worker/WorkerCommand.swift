// SPDX-License-Identifier: Apache-2.0

/// What the plane's owner tells a worker.
enum WorkerCommand: Sendable {
    case add(BoundListener)
    /// Its queue is answered before it is closed.
    case remove(token: UInt64)
    /// Called on the worker's thread.
    case call(@Sendable () -> Void)
    /// Reads no more, waits for what is in flight, at most so long, and ends.
    case stop(inFlightMicroseconds: UInt64)
}
