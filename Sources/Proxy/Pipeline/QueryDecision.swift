// SPDX-License-Identifier: Apache-2.0

/// What is to be done with a query.
public enum QueryDecision: Equatable, Sendable {
    /// Nothing is sent; over TCP the connection is closed.
    case drop
    /// The buffer now holds our own answer of this many octets.
    case answer(length: Int)
    /// The query goes to the server of this ordinal. `questionEnd` is where its question ends, in
    /// octets from the message's start.
    case forward(ordinal: Int32, questionEnd: Int)
}
