// SPDX-License-Identifier: Apache-2.0

import Declarations

/// Finds the store that an earlier snapshot has of the same file, so that a reload reads none again.
/// One thread uses it (control).
final class KeyValueStoreTable {
    private struct Key: Hashable {
        let path: String
        let refreshSeconds: Int
    }

    private struct Entry {
        weak var store: KeyValueStore?
    }

    private let planeThreads: Int
    private var entries: [Key: Entry] = [:]

    init(planeThreads: Int) {
        self.planeThreads = planeThreads
    }

    /// The stores of a configuration, by ordinal.
    func stores(
        of declarations: [KeyValueStoreDeclaration], nowSeconds: UInt64
    ) -> [KeyValueStore] {
        entries = entries.filter { $0.value.store != nil }
        return declarations.map { declaration in
            let key = Key(
                path: declaration.path, refreshSeconds: declaration.refreshSeconds)
            if let known = entries[key]?.store { return known }
            let made = KeyValueStore(
                declaration, planeThreads: planeThreads, nowSeconds: nowSeconds)
            entries[key] = Entry(store: made)
            return made
        }
    }
}
