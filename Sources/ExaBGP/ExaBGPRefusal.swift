// SPDX-License-Identifier: Apache-2.0

/// Why a file is not taken: all of its faults, by line, at most ``faultsMax`` of them.
public struct ExaBGPRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// More than this nobody reads at once.
    public static let faultsMax = 50

    public let faults: [ExaBGPFault]

    init(_ faults: [ExaBGPFault]) {
        self.faults = Array(faults.prefix(Self.faultsMax))
    }

    /// One line each.
    public var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
