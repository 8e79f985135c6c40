// SPDX-License-Identifier: Apache-2.0

/// One thing that `pharos doctor` looked at: a line.
public struct Finding: Encodable, Sendable, Equatable {
    public enum Verdict: String, Encodable, Sendable {
        case ok
        /// It may be meant, or cost something some day.
        case warning
        /// The service cannot work like this.
        case fault
    }

    public var verdict: Verdict
    /// `address 192.0.2.53`, `neighbor 192.0.2.1`, `kernel`, `clock`, ….
    public var subject: String
    /// What it is, and what to do where it is wrong.
    public var text: String

    init(_ verdict: Verdict, _ subject: String, _ text: String) {
        self.verdict = verdict
        self.subject = subject
        self.text = text
    }

    /// `fault    address 192.0.2.53: on no interface that is up; …`.
    public var line: String {
        let mark = verdict.rawValue
        return mark + String(repeating: " ", count: 9 - mark.count) + "\(subject): \(text)"
    }
}
