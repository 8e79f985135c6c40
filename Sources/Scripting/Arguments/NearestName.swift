// SPDX-License-Identifier: Apache-2.0

/// Finds what an operator probably meant when a name is not known.
enum NearestName {
    /// Edits (insert, delete, replace, swap of neighbours) beyond which a name is no misspelling:
    /// a third of its length, at least 1, at most 3.
    private static func editsMax(for name: String) -> Int {
        min(3, max(1, name.count / 3))
    }

    /// Returns the candidate with the fewest edits, without regard to case, or `nil` when none is
    /// close. The first of equals wins, so the order of `candidates` decides ties.
    static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        var best: (name: String, edits: Int)?
        for candidate in candidates {
            let edits = distance(Array(name.lowercased().utf8), Array(candidate.lowercased().utf8))
            if edits <= editsMax(for: name), edits < best?.edits ?? .max {
                best = (candidate, edits)
            }
        }
        return best?.name
    }

    /// `; did you mean 'interval'?`, or nothing.
    static func suggestion(for name: String, among candidates: some Sequence<String>) -> String {
        of(name, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// The optimal string alignment distance.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var rows = [Array(0...right.count)]
        for (row, a) in left.enumerated() {
            var line = [row + 1]
            for (column, b) in right.enumerated() {
                var edits = min(
                    rows[row][column + 1] + 1, line[column] + 1,
                    rows[row][column] + (a == b ? 0 : 1))
                if row > 0, column > 0, a == right[column - 1], left[row - 1] == b {
                    edits = min(edits, rows[row - 1][column - 1] + 1)
                }
                line.append(edits)
            }
            rows.append(line)
        }
        return rows[left.count][right.count]
    }
}
