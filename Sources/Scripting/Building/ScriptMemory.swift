// SPDX-License-Identifier: Apache-2.0

/// What one virtual machine holds, and what it may hold (`setScriptLimits{memory = …}`).
public struct ScriptMemory: Hashable, Sendable {
    /// `control`, or `plane 0`, `plane 1`, …: the workers in order, then the stream loop.
    public var machine: String
    public var bytes: Int
    public var bytesMax: Int

    public init(machine: String, bytes: Int, bytesMax: Int) {
        self.machine = machine
        self.bytes = bytes
        self.bytesMax = bytesMax
    }
}
