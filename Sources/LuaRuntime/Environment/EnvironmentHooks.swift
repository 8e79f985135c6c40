// SPDX-License-Identifier: Apache-2.0

/// Is everything in which two evaluations of one configuration may differ: what the Lua library
/// asks of the system goes through these. A closure that throws raises in the script.
public struct EnvironmentHooks {
    /// What reading a file gave.
    public enum FileRead: Hashable, Sendable {
        case bytes([UInt8])
        /// The message begins with the path, as Lua's own do.
        case failure(message: String, errno: Int32)
    }

    /// What `os.remove` and `os.rename` gave.
    public enum FileChange: Hashable, Sendable {
        case done
        case failure(message: String, errno: Int32)
    }

    /// What a command printed, and its status in wait(2)'s form.
    public struct CommandOutput: Hashable, Sendable {
        public var bytes: [UInt8]
        public var waitStatus: Int32

        public init(bytes: [UInt8], waitStatus: Int32) {
            self.bytes = bytes
            self.waitStatus = waitStatus
        }
    }

    /// Seconds since 1970.
    public var time: () throws(EnvironmentError) -> Int64
    /// CPU seconds, as `os.clock`.
    public var clock: () throws(EnvironmentError) -> Double
    public var getenv: (String) throws(EnvironmentError) -> String?
    public var readFile: (String) throws(EnvironmentError) -> FileRead
    /// Where a file that a script opens for writing really is.
    public var writablePath: (String) throws(EnvironmentError) -> String
    public var remove: (String) throws(EnvironmentError) -> FileChange
    public var rename: (String, String) throws(EnvironmentError) -> FileChange
    public var popen: (String) throws(EnvironmentError) -> CommandOutput
    /// The status in wait(2)'s form.
    public var execute: (String) throws(EnvironmentError) -> Int32
    public var randomSeed: () throws(EnvironmentError) -> Int64
    /// What `print` and `io.write` make.
    public var print: ([UInt8]) -> Void
}

/// Says why the environment refused an answer.
public struct EnvironmentError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
