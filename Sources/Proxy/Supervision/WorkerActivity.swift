// SPDX-License-Identifier: Apache-2.0

/// What a worker is about: written by the worker between batches, read when it does not move on.
public enum WorkerActivity: UInt8, Sendable, CustomStringConvertible {
    case starting, waiting, readingQueries, readingAnswers, expiring, sendingDelayed, obeying, ended

    public var description: String {
        switch self {
        case .starting: "starting"
        case .waiting: "waiting for packets"
        // Rules and policies run there, their scripts too.
        case .readingQueries: "deciding about queries"
        case .readingAnswers: "passing answers on"
        case .expiring: "giving up queries that no server answered"
        case .sendingDelayed: "sending delayed answers"
        case .obeying: "taking a command"
        case .ended: "ended"
        }
    }
}
