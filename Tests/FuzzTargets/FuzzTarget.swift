// SPDX-License-Identifier: Apache-2.0

/// A parser of bytes that others send, with what must hold whatever they are.
///
/// A target is a pure function of its bytes, so that a file of them shows a fault again. Reads beyond
/// the end are found by the debug build's own checks and, in `make fuzz`, by the address sanitizer:
/// targets copy their bytes to memory of exactly that size.
public struct FuzzTarget: Sendable {
    public let name: String
    /// The folder in `Tests/Corpus`; several targets may read one.
    public let corpus: String
    /// Throws what did not hold. Not for two threads at once.
    public let run: @Sendable (_ bytes: [UInt8]) throws(FuzzFault) -> Void

    public static let all: [FuzzTarget] = [
        FuzzTarget(name: "dns-view", corpus: "dns", run: MessageTargets.view),
        FuzzTarget(name: "dns-message", corpus: "dns", run: MessageTargets.decode),
        FuzzTarget(name: "dns-answer", corpus: "dns", run: EditingTargets.answer),
        FuzzTarget(name: "dns-options", corpus: "dns", run: EditingTargets.options),
        FuzzTarget(name: "dns-removal", corpus: "dns", run: EditingTargets.removal),
        FuzzTarget(name: "pipeline", corpus: "pipeline", run: PipelineTarget.run),
        FuzzTarget(name: "frames", corpus: "streams", run: StreamTargets.frames),
        FuzzTarget(name: "transfer", corpus: "streams", run: StreamTargets.transfer),
        FuzzTarget(name: "bgp", corpus: "bgp", run: RoutingTarget.run),
        FuzzTarget(name: "text", corpus: "text", run: TextTarget.run),
        FuzzTarget(name: "cdb", corpus: "cdb", run: DatabaseTarget.run),
    ]

    /// Queries and answers that the target `pipeline` has played in this process.
    public static var pipelineMessages: Int { PipelineTarget.messages }

    public static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}
