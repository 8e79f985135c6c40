// SPDX-License-Identifier: Apache-2.0

/// A rule's way into the log: a pointer and a number.
struct RuleLogWriter {
    let rings: UnsafeMutablePointer<RuleLogRing>
    let target: UInt16

    func note(_ query: borrowing PolicyQuery) { rings[Int(query.thread)].note(target, query) }
}
