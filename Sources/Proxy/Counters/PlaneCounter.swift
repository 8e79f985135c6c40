// SPDX-License-Identifier: Apache-2.0

/// What each plane thread counts; the names in the comments are dnsdist's where it has one.
public enum PlaneCounter: Int, CaseIterable, Sendable {
    /// `queries`: received and within the ACL.
    case queries
    /// `acl-drops`.
    case aclDrops
    /// `noncompliant-queries`: an answer, too short or too long, a question that does not parse.
    case nonCompliantQueries
    /// `empty-queries`: without a question.
    case emptyQueries
    /// `rdqueries`: with RD.
    case recursionDesiredQueries
    /// `dyn-blocked`: dropped, answered or changed by a dynamic block.
    case dynamicallyBlocked
    /// `rule-drop`.
    case ruleDrops
    /// `rule-truncated`.
    case ruleTruncated
    /// `rule-nxdomain`.
    case ruleNameErrors
    /// `rule-refused`.
    case ruleRefused
    /// `rule-servfail`.
    case ruleServerFailures
    /// `self-answered`: all answers that no server gave.
    case selfAnswered
    /// `no-policy`: no server was left, or the policy wanted none.
    case noPolicy
    /// Handed to a server.
    case forwarded
    /// `cache-hits`: answered by a packet cache.
    case cacheHits
    /// `cache-misses`: looked up, and sent to a server.
    case cacheMisses
    /// `responses`: from servers to clients.
    case responses
    /// `servfail-responses`: those with SERVFAIL, from servers.
    case serverFailureResponses
    /// `frontend-noerror`, `frontend-nxdomain`, `frontend-servfail`: to clients, whoever answered.
    case frontendNoErrors
    case frontendNameErrors
    case frontendServerFailures
    /// `noncompliant-responses`: a server's answer to another question, no answer at all, no header.
    case nonCompliantResponses
    /// From a server's own socket, but of no query in flight: late, repeated, or guessed.
    case strayResponses
    /// `downstream-timeouts`.
    case downstreamTimeouts
    /// `downstream-send-errors`.
    case downstreamSendErrors
    /// Queries whose server's host refused the port or was unreachable, by ICMP.
    case downstreamRefused
    /// Sent to another server because the first refused, could not be reached or was silent.
    case retries
    /// Dropped because as many queries as a worker may hold are in flight.
    case outstandingFull
    /// Dropped because they had waited longer in the listener's queue than `setMaxUDPQueueDelay`.
    case overdueQueries
    /// Dropped by the kernel because a listener's queue was full.
    case queueOverflows
    /// Dropped because no socket towards the server could be opened.
    case socketFailures
    /// Answers that the kernel did not take.
    case clientSendErrors
    /// Answers longer than a worker's buffer: truncated.
    case oversizedResponses
    /// Answers that a rule kept back.
    case delayedAnswers
    /// Answers that were not kept back because as many as a worker may hold are.
    case delayQueueFull
    /// `latency0-1`, `latency1-10`, …, `latency-slow`: answers by their milliseconds.
    case latencyBelow1
    case latencyBelow10
    case latencyBelow50
    case latencyBelow100
    case latencyBelow1000
    case latencySlow
    /// `latency-sum`, in microseconds.
    case latencyMicroseconds

    /// The counter's name as dnsdist or, where it has none, we write it.
    public var name: String { Self.names[rawValue] }

    private static let names = [
        "queries", "acl-drops", "noncompliant-queries", "empty-queries", "rdqueries",
        "dyn-blocked", "rule-drop",
        "rule-truncated", "rule-nxdomain", "rule-refused", "rule-servfail", "self-answered",
        "no-policy", "forwarded", "cache-hits", "cache-misses", "responses", "servfail-responses",
        "frontend-noerror",
        "frontend-nxdomain", "frontend-servfail", "noncompliant-responses", "stray-responses",
        "downstream-timeouts", "downstream-send-errors", "downstream-refused", "udp-retries",
        "outstanding-full", "overdue-queries", "queue-overflows",
        "socket-failures", "client-send-errors", "oversized-responses", "delayed-answers",
        "delay-queue-full", "latency0-1", "latency1-10", "latency10-50", "latency50-100",
        "latency100-1000", "latency-slow",
        "latency-sum",
    ]

    /// Slots of eight octets for each thread: whole pairs of cache lines.
    @usableFromInline static let stride = 48
}
