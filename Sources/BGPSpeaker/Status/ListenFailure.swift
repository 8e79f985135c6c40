// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// An address of `setBGPListen` that could not be bound.
public struct ListenFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let endpoint: Endpoint
    public let reason: String

    public var description: String { "BGP listener \(endpoint): \(reason)" }
}
