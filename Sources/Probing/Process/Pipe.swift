// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A pipe whose ends no other child inherits.
struct Pipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws(DescriptorError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw DescriptorError(number: errno) }
        (readEnd, writeEnd) = (ends[0], ends[1])
        // Between the two calls another thread may start a child that keeps an end. Then the pipe
        // does not close at the exit, which is found by looking all the same.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    func closeBoth() {
        close(readEnd)
        close(writeEnd)
    }
}
