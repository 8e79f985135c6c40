// SPDX-License-Identifier: Apache-2.0

/// What the rules decided about a query.
public enum RuleVerdict: Equatable, Sendable {
    /// Goes to the pool of this index.
    case forward(pool: Int)
    case drop
    /// Answered with TC=1 and no records.
    case truncate
    /// Answered with this response code.
    case answer(responseCode: UInt8)
}
