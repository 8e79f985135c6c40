// SPDX-License-Identifier: Apache-2.0

/// How a process ended, and what it wrote.
public struct ProcessOutcome: Hashable, Sendable {
    public enum Ending: Hashable, Sendable, CustomStringConvertible {
        case exited(status: Int32)
        case signaled(Int32)

        public var description: String {
            switch self {
            case .exited(let status): "status \(status)"
            case .signaled(let signal): "signal \(signal)"
            }
        }
    }

    public var ending: Ending
    /// At most ``ProcessProbe/outputBytesMax`` octets.
    public var output: [UInt8]
    public var errorOutput: [UInt8]
    /// Whether something of either was dropped.
    public var outputWasCut: Bool
    public var seconds: Double

    public init(
        ending: Ending, output: [UInt8], errorOutput: [UInt8], outputWasCut: Bool = false,
        seconds: Double
    ) {
        self.ending = ending
        self.output = output
        self.errorOutput = errorOutput
        self.outputWasCut = outputWasCut
        self.seconds = seconds
    }

    /// The exit status, or 128 and the signal's number, as a shell says it.
    public var status: Int32 {
        switch ending {
        case .exited(let status): status
        case .signaled(let signal): 128 + signal
        }
    }
}
