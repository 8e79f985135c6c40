// SPDX-License-Identifier: Apache-2.0

/// Octets of a compiled rule; owned by a snapshot.
struct Octets {
    let bytes: UnsafeRawBufferPointer

    /// Allocates; the owner calls ``deallocate()``.
    init(_ content: some Collection<UInt8>) {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: content.count, alignment: 8)
        memory.copyBytes(from: content)
        bytes = UnsafeRawBufferPointer(memory)
    }

    func deallocate() { bytes.deallocate() }
}
