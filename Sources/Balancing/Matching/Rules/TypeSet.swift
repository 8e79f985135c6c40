// SPDX-License-Identifier: Apache-2.0

/// Record types that a rule names: few, sorted; none stands for all. Owned by a snapshot.
struct TypeSet {
    private let types: UnsafeMutableBufferPointer<UInt16>

    /// Allocates; the owner calls ``deallocate()``.
    init(_ types: Set<UInt16>) {
        self.types = .allocate(capacity: types.count)
        _ = self.types.initialize(from: types.sorted())
    }

    func deallocate() { types.deallocate() }

    /// Whether the type is one of those named: none stands for none here.
    func names(_ type: UInt16) -> Bool { types.contains(type) }

    func contains(_ type: UInt16) -> Bool { types.isEmpty || types.contains(type) }
}
