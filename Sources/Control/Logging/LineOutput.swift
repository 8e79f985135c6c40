// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Writes lines without ever waiting for who reads them: the speaker's loop logs too, and a stopped
/// reader must not cost a keepalive.
enum LineOutput {
    /// A pipe that poll(2) calls writable takes this many octets at once (`PIPE_BUF`, pipe(7)); a
    /// longer line is cut.
    private static let bytesMax = 4_096

    private static let lost = Atomic<UInt64>(0)

    /// Writes `line` and a line feed as one write(2). A line that would have to wait is dropped and
    /// counted; the next that is written says how many were.
    static func write(_ line: String, to descriptor: Int32) {
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&state, 1, 0) == 1, state.revents & Int16(POLLOUT) != 0 else {
            lost.wrappingAdd(1, ordering: .relaxed)
            return
        }
        let missed = lost.exchange(0, ordering: .relaxed)
        let note = missed == 0 ? "" : " (\(missed) lines before it were lost: nobody read them)"
        var bytes = Array((line + note).utf8.prefix(bytesMax - 1))
        bytes.append(UInt8(ascii: "\n"))
        while Glibc.write(descriptor, bytes, bytes.count) < 0, errno == EINTR {}
    }
}
