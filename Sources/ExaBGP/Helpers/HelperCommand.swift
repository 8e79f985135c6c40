// SPDX-License-Identifier: Apache-2.0

/// What a program says by ExaBGP's text API.
public enum HelperCommand: Hashable, Sendable {
    public enum Answers: Hashable, Sendable {
        case on, off
        /// Off, and not even this command is answered.
        case silent
    }

    case announce([ExaBGPRoute])
    /// Matched by prefix; attributes say nothing.
    case withdraw([ExaBGPRoute])
    /// `nil` is the watchdog with the program's own name.
    case announceWatchdog(String?)
    case withdrawWatchdog(String?)
    /// Everything that the program announced.
    case clear
    /// What is accepted and has nothing to do: End-of-RIB, flushing, comments.
    case nothing
    case tearDown
    case showNeighbors(isJSON: Bool, isSummary: Bool)
    case showRoutes(isExtensive: Bool)
    case showNothing
    case help
    case version
    case reload
    case answers(Answers)
}

/// A command with whom it is for.
public struct HelperRequest: Hashable, Sendable {
    /// Empty: whom the program speaks to anyway.
    public var selectors: [NeighborSelector]
    public var command: HelperCommand
}
