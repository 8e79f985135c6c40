// SPDX-License-Identifier: Apache-2.0

/// What the plane's owner tells a worker.
enum WorkerCommand: Sendable {
    case add(BoundListener)
    /// Its queue is answered before it is closed.
    case remove(token: UInt64)
    /// Reads no more, waits for what is in flight, at most so long, and ends.
    case stop(inFlightMicroseconds: UInt64)
}
