// SPDX-License-Identifier: Apache-2.0

/// What scripts match queries with, by ordinal.
///
/// Each evaluation of the file fills objects of its own, so that what it reads back while it is
/// evaluated is the same every time. A plane's VM then takes control's for its own: what
/// `maintenance()` changes there, its policies and actions see.
struct MatchObjects {
    var suffixNodes = MatchTable<SuffixMatchNode>()
    var nameSets = MatchTable<NameSet>()
    var netmaskGroups = MatchTable<NetmaskGroup>()
    var limiters = MatchTable<QueryRateLimiter>()
    var blockGroups = MatchTable<BlockGroup>()

    /// How many the file has made, for the comparison of evaluations.
    var counts: [Int] {
        [
            suffixNodes.count, nameSets.count, netmaskGroups.count, limiters.count,
            blockGroups.count,
        ]
    }

    /// The file was read: what is made from now on may be forgotten when no script holds it.
    mutating func endLoading() {
        suffixNodes.endLoading()
        nameSets.endLoading()
        netmaskGroups.endLoading()
        limiters.endLoading()
        blockGroups.endLoading()
    }
}

/// The objects of one kind. The file's stay; of those that control's scripts make later, the ones
/// that no script holds any more give up their places.
struct MatchTable<Object> {
    private var objects: [Object] = []
    private var loaded = Int.max
    /// Looking for free places costs a look at each, so it waits until the table has doubled.
    private var countBeforeSearch = 0

    var count: Int { objects.count }

    subscript(_ ordinal: Int) -> Object? {
        objects.indices.contains(ordinal) ? objects[ordinal] : nil
    }

    mutating func endLoading() {
        loaded = objects.count
        countBeforeSearch = loaded + 16
    }

    /// Adds an object and returns its ordinal. `isHeld` tells whether a script still has one.
    mutating func add(_ object: Object, isHeld: (Int) -> Bool) -> Int {
        if objects.count >= countBeforeSearch, loaded < objects.count {
            if let free = (loaded..<objects.count).first(where: { !isHeld($0) }) {
                objects[free] = object
                return free
            }
            countBeforeSearch = loaded + 2 * (objects.count - loaded)
        }
        objects.append(object)
        return objects.count - 1
    }
}
