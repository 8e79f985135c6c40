// SPDX-License-Identifier: Apache-2.0
//
// What a worker does when more is asked than it can answer. The kernel queues queries for each
// listener, first come first served, and a queue of megabytes is a long time: 10 900 small queries in
// the 4 MiB that we ask for are 180 ms at 60 000 queries a second, and a second with a slow script.
// Whoever is served then is served late, and so is everybody for as long as the queue stands.
//
// So a queue may be no older than a limit. The age of the newest query of a full batch is one system
// call, and nothing is asked while batches are not full: what cannot be read whole has a backlog. A
// queue that has been too old for as long as the limit is no burst, and what it holds is thrown away
// batch by batch (a tenth of the work of serving it) until it is young enough. Its buffer is then
// made so short that the kernel drops the newest at the door, for nothing, and what is let in waits
// half the limit. Once the kernel drops no more, the buffer is as long as before.

import Balancing
import CLinux
import Glibc

extension Worker {
    /// Batches of one listener that one turn throws away: 16 384 queries with the default batch.
    static let overdueRoundsMax = 256
    /// A queue is not made shorter than this, 40 queries or so.
    private static let bufferBytesMin: Int32 = 16_384

    /// Whether a full batch, just received, is to be thrown away.
    mutating func isOverdue(
        _ place: UnsafeMutablePointer<WorkerListener>, _ view: UnsafePointer<PlaneView>
    ) -> Bool {
        let limit = view.pointee.udpQueueDelayMicroseconds
        let waited = clinux_waited_microseconds(place.pointee.descriptor)
        guard waited > limit else {
            place.pointee.overdueSince = 0
            return false
        }
        now = clinux_now_microseconds()
        if place.pointee.overdueSince == 0 { place.pointee.overdueSince = now }
        // Once it was cut it has no such grace: a worker that was kept off its processor has a queue
        // full of what came meanwhile.
        guard
            place.pointee.fullBufferBytes > 0
                || now &- place.pointee.overdueSince >= UInt64(limit)
        else { return false }
        shorten(place, waited: waited, limit: limit)
        return true
    }

    /// Makes the kernel's queue hold what is served in half the limit, not at once: what is in it
    /// stays, and its age tells of the buffer only after that has gone.
    private func shorten(
        _ place: UnsafeMutablePointer<WorkerListener>, waited: Int64, limit: Int64
    ) {
        guard now &- place.pointee.shortenedAt >= UInt64(limit) else { return }
        let bytes = clinux_receive_buffer(place.pointee.descriptor)
        guard bytes > Self.bufferBytesMin else { return }
        if place.pointee.fullBufferBytes == 0 { place.pointee.fullBufferBytes = bytes }
        place.pointee.shortenedAt = now
        let wanted = Int64(bytes) * (limit / 2) / waited
        _ = clinux_set_receive_buffer(
            place.pointee.descriptor,
            max(Self.bufferBytesMin, Int32(truncatingIfNeeded: wanted)))
    }

    /// Counts what the kernel dropped, and lets the queues be long again where it drops nothing any
    /// more. Once a second.
    func tendQueues() {
        for index in 0..<Int32(listeners.used) {
            let place = listeners[index]
            guard place.pointee.descriptor >= 0 else { continue }
            let drops = clinux_queue_drops(place.pointee.descriptor)
            guard drops >= 0 else { continue }
            let more = UInt32(truncatingIfNeeded: drops) &- place.pointee.queueDrops
            place.pointee.queueDrops = UInt32(truncatingIfNeeded: drops)
            if more > 0 {
                counters.count(.queueOverflows, UInt64(more))
            } else if place.pointee.fullBufferBytes > 0, place.pointee.overdueSince == 0 {
                _ = clinux_set_receive_buffer(
                    place.pointee.descriptor, place.pointee.fullBufferBytes)
                place.pointee.fullBufferBytes = 0
            }
        }
    }
}
