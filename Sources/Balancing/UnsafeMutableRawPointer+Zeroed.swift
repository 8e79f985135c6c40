// SPDX-License-Identifier: Apache-2.0

import Glibc

extension UnsafeMutableRawPointer {
    /// Zeroed pages: those that nobody writes are not taken from the system. Ends the process when
    /// there is no memory, as Swift's own collections do.
    package static func allocateZeroed(byteCount: Int) -> UnsafeMutableRawPointer {
        guard let memory = calloc(1, byteCount) else {
            fatalError("no memory for \(byteCount) octets")
        }
        return memory
    }

    /// Frees what ``allocateZeroed(byteCount:)`` gave.
    package func deallocateZeroed() { free(self) }
}
