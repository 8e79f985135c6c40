// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What a person takes out of service (`pharos drain`).
public enum DrainTarget: Hashable, Sendable, CustomStringConvertible {
    case node
    case prefix(IPPrefix)
    /// Every route that this check gates.
    case check(String)

    public var description: String {
        switch self {
        case .node: "this node"
        case .prefix(let prefix): "\(prefix)"
        case .check(let name): "check \(name)"
        }
    }
}

/// How far a drain has come; the owner moves it on.
public enum DrainPhase: Int, Hashable, Sendable, Comparable {
    /// What is announced carries GRACEFUL_SHUTDOWN (RFC 8326), nothing more is announced.
    case graceful
    case withdrawn

    public static func < (left: DrainPhase, right: DrainPhase) -> Bool {
        left.rawValue < right.rawValue
    }
}
