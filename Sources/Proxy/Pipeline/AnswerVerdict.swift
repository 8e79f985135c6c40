// SPDX-License-Identifier: Apache-2.0

/// What a server sent.
public enum AnswerVerdict: Equatable, Sendable {
    /// The answer to the question that was asked.
    case accepted
    /// Not an answer, or to another question: the query goes on waiting.
    case mismatch
}
