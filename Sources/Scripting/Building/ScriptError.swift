// SPDX-License-Identifier: Apache-2.0

/// Why a configuration was refused: every problem that was found, the first one at least.
public struct ScriptError: Error, Sendable, CustomStringConvertible {
    public let faults: [ScriptFault]

    public init(_ faults: [ScriptFault]) {
        self.faults = faults
    }

    init(_ fault: ScriptFault) {
        faults = [fault]
    }

    /// A line for each problem: `FILE:LINE: message`.
    public var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
