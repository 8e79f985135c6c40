// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Pearson's test: how far counts are from what was expected of them.
enum ChiSquare {
    /// Σ (count − expected)² / expected; infinite when something came that could not.
    static func statistic(_ counts: [Int], expected: [Double]) -> Double {
        zip(counts, expected).reduce(0) { sum, pair in
            let (count, expected) = (Double(pair.0), pair.1)
            guard expected > 0 else { return count > 0 ? .infinity : sum }
            return sum + (count - expected) * (count - expected) / expected
        }
    }

    /// What the statistic exceeds once in 10 000 times when the expectation is right: Wilson and
    /// Hilferty's approximation, with the normal distribution's quantile 3.719.
    static func bound(cells: Int) -> Double {
        let freedom = Double(max(cells - 1, 1))
        let term = 1 - 2 / (9 * freedom) + 3.719 * sqrt(2 / (9 * freedom))
        return freedom * term * term * term
    }

    /// Whether counts are as likely as they should be; cells that must be empty are no cells.
    static func accepts(_ counts: [Int], shares: [Double]) -> Bool {
        let total = Double(counts.reduce(0, +))
        let sum = shares.reduce(0, +)
        let expected = shares.map { $0 / sum * total }
        return statistic(counts, expected: expected) <= bound(cells: shares.count { $0 > 0 })
    }
}
