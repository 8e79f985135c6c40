// SPDX-License-Identifier: Apache-2.0

import Declarations
import Synchronization

/// Blocked names, by suffix; owned by ``CompiledBlocks``.
struct BlockedNames {
    private let names: NameSet
    /// By the names' places in the set.
    private let states: UnsafeMutableBufferPointer<UnsafeMutablePointer<BlockState>?>

    /// Allocates; the owner calls ``deallocate()``.
    init(_ blocks: [(name: WireName, state: UnsafeMutablePointer<BlockState>)]) {
        names = NameSet(Set(blocks.map(\.name)))
        states = .allocate(capacity: names.places)
        states.initialize(repeating: nil)
        for (name, state) in blocks {
            name.withUnsafeBytes { bytes in
                // The last is the name itself; what is no name in wire form is not in the set.
                names.forEachPlace(ofSuffixesOf: bytes) { place, length in
                    if length == bytes.count { states[place] = state }
                }
            }
        }
    }

    func deallocate() {
        names.deallocate()
        states.deallocate()
    }

    /// - Parameter name: in wire form.
    func find(
        _ name: UnsafeRawBufferPointer, _ now: UInt64
    ) -> UnsafeMutablePointer<BlockState>? {
        guard names.count > 0 else { return nil }
        var found: UnsafeMutablePointer<BlockState>?
        names.forEachPlace(ofSuffixesOf: name) { place, _ in
            if let state = states[place],
                now < state.pointee.untilMicroseconds.load(ordering: .relaxed)
            {
                found = state
            }
        }
        return found
    }
}
