// SPDX-License-Identifier: Apache-2.0
//
// Which routes an evaluation has to decide anew: those whose inputs changed since the last one. What
// changes with every result (a check's words) is looked up by its name; what changes when somebody
// gives an order is rare enough for a look at all routes.

internal import Addressing
internal import Declarations

extension AnnounceEngine {
    /// Routes that were marked, in the order of their keys.
    struct Marks: Sendable {
        var areAll = false
        var positions: [Int] = []
    }

    /// Compares the inputs with those of the last evaluation.
    mutating func markWhatChanged() {
        defer { evaluated = inputs }
        var others = evaluated
        others.checks = inputs.checks
        others.presence = inputs.presence
        // Drains, a shutdown, whatever a person says.
        if others != inputs { return markAll() }
        if evaluated.checks != inputs.checks { markChecks(evaluated.checks) }
        if evaluated.presence != inputs.presence { markPresence(evaluated.presence) }
    }

    mutating func markAll() {
        marks = Marks(areAll: true)
    }

    mutating func mark(_ position: Int) {
        guard !marks.areAll, !routes[position].isMarked else { return }
        routes[position].isMarked = true
        marks.positions.append(position)
    }

    private mutating func markChecks(_ before: [String: CheckGate]) {
        for (name, gate) in inputs.checks where before[name] != gate { markGated(by: name) }
        for name in before.keys where inputs.checks[name] == nil { markGated(by: name) }
    }

    private mutating func markGated(by name: String) {
        for position in gated[name] ?? [] { mark(Int(position)) }
    }

    private mutating func markPresence(_ before: LocalPresence) {
        let moved = before.addresses.symmetricDifference(inputs.presence.addresses)
            .union(before.unboundListeners.symmetricDifference(inputs.presence.unboundListeners))
        for position in routes.indices {
            guard let address = routes[position].declaration.requiredAddress else { continue }
            let wildcard = address.family == .v4 ? IPAddress.anyV4 : IPAddress.anyV6
            if moved.contains(address) || moved.contains(wildcard) { mark(position) }
        }
    }

    /// Takes the marks, those by time among them.
    mutating func takeMarks(now: Duration) -> [Int] {
        while let due = popDue(now: now) { mark(due) }
        defer { marks = Marks() }
        guard marks.areAll else { return marks.positions.sorted() }
        return Array(routes.indices)
    }

    private mutating func popDue(now: Duration) -> Int? {
        deadlines.popDue(now: now) { [routes] in routes[$0].deadline == $1 }
    }

    /// Remembers when a route wants to be decided again, unless that is in the queue.
    mutating func noteDeadline(of position: Int, before: Duration?) {
        guard let deadline = routes[position].deadline, deadline != before else { return }
        if deadlines.count > 2 * routes.count + Self.deadlinesKept {
            queueDeadlines()
        } else {
            deadlines.insert(position, at: deadline)
        }
    }

    /// A new queue of what routes wait for.
    mutating func queueDeadlines() {
        deadlines.removeAll()
        for position in routes.indices {
            guard let deadline = routes[position].deadline else { continue }
            deadlines.insert(position, at: deadline)
        }
    }

    /// Entries of no use that are not worth a new queue.
    private static let deadlinesKept = 64

    mutating func nextDeadline() -> Duration? {
        deadlines.next { [routes] in routes[$0].deadline == $1 }
    }
}
