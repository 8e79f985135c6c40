// SPDX-License-Identifier: Apache-2.0

/// Says why a script failed, and where.
public struct LuaError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case syntax
        case runtime
        /// The VM's memory cap.
        case memory
        /// The CPU budget.
        case timeout
        /// Ours: a limit of the system, or misuse of the VM.
        case `internal`
    }

    public var kind: Kind
    /// Without the place.
    public var message: String
    public var file: String?
    public var line: Int?
    /// At most 4 KiB; empty where there was no frame.
    public var traceback: String

    public init(
        kind: Kind, message: String, file: String? = nil, line: Int? = nil, traceback: String = ""
    ) {
        self.kind = kind
        self.message = message
        self.file = file
        self.line = line
        self.traceback = traceback
    }
}

extension LuaError: CustomStringConvertible {
    /// One line: `FILE:LINE: message`.
    public var description: String {
        let text = message.split(separator: "\n").joined(separator: " | ")
        guard let file else { return text }
        guard let line else { return "\(file): \(text)" }
        return "\(file):\(line): \(text)"
    }
}
