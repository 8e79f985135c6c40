// SPDX-License-Identifier: Apache-2.0

/// What few routes have, behind one pointer in the record of each. Nothing is allocated until it is
/// changed for the first time; copies share it until one of them changes.
struct Seldom<Value: Sendable>: Sendable {
    // Only ever written through a pointer that nobody else has.
    private final class Box: @unchecked Sendable {
        var value: Value

        init(_ value: Value) { self.value = value }
    }

    private var box: Box?

    /// What is here; `nil` where nothing was ever put.
    var value: Value? { box?.value }

    /// A part of what is here, without a copy of the rest.
    func read<Part>(_ part: (Value) -> Part?) -> Part? {
        guard let box else { return nil }
        return part(box.value)
    }

    /// Changes what is here, which begins as `usual`.
    mutating func change(from usual: @autoclosure () -> Value, _ body: (inout Value) -> Void) {
        if box == nil {
            box = Box(usual())
        } else if !isKnownUniquelyReferenced(&box), let shared = box {
            box = Box(shared.value)
        }
        guard let box else { return }
        body(&box.value)
    }
}
