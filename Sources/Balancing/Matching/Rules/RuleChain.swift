// SPDX-License-Identifier: Apache-2.0

/// Which messages a chain of rules sees.
public enum RuleChain: String, CaseIterable, Sendable {
    case queries = "query"
    /// Answers of servers.
    case responses = "response"
    /// Answers of a packet cache.
    case cacheHits = "cache-hit"
    /// Answers that we give ourselves.
    case selfAnswered = "self-answered"
}
