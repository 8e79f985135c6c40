// SPDX-License-Identifier: Apache-2.0

/// The state of a session as it travels (RFC 5880 §4.1, Sta).
public enum BFDState: UInt8, Hashable, Sendable, CaseIterable {
    case adminDown = 0
    case down = 1
    case initializing = 2
    case up = 3

    /// The RFC's word.
    public var words: String {
        switch self {
        case .adminDown: "AdminDown"
        case .down: "Down"
        case .initializing: "Init"
        case .up: "Up"
        }
    }
}
