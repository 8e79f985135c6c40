// SPDX-License-Identifier: Apache-2.0

internal import Addressing

/// As it stands in the state file and in `status`: `node`, `prefix 192.0.2.53/32`, `check resolver`.
extension DrainTarget: Codable {
    public var text: String {
        switch self {
        case .node: "node"
        case .prefix(let prefix): "prefix \(prefix)"
        case .check(let name): "check \(name)"
        }
    }

    public init?(text: String) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("node", 1): self = .node
        case ("check", 2): self = .check(parts[1])
        case ("prefix", 2):
            guard let prefix = IPPrefix(parts[1]) else { return nil }
            self = .prefix(prefix)
        default: return nil
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let target = DrainTarget(text: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no target")
        }
        self = target
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
