// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A program that runs on beside us: its standard input and output are pipes of ours, and it is the
/// head of a process group.
///
/// Owned by one thread; ``reap()`` gives its id back.
public struct PipedProcess {
    /// Where to write what it reads, without waiting (`EAGAIN` when it does not read).
    public let input: Int32
    /// Where to read what it writes.
    public let output: Int32
    private let process: SpawnedProcess

    public var id: Int32 { process.id }

    public enum State: Hashable, Sendable {
        case running
        case ended(ProcessOutcome.Ending)
        /// Somebody else took its status.
        case lost
    }

    /// Starts `arguments`; a program without a leading slash is looked for in `searchPath`, then
    /// along PATH. What it writes to standard error goes where ours goes.
    ///
    /// - Throws: ``ProbeError`` with why it cannot be started.
    public init(
        _ arguments: [String], searchPath: [String], environment: [String: String] = [:]
    ) throws(ProbeError) {
        var probe = ProcessProbe(arguments: arguments)
        probe.environment = environment
        let program = arguments.first ?? ""
        if let found = Self.find(program, in: searchPath) { probe.arguments[0] = found }
        do throws(DescriptorError) {
            let toProgram = try Pipe()
            let fromProgram: Pipe
            do throws(DescriptorError) {
                fromProgram = try Pipe()
            } catch {
                toProgram.closeBoth()
                throw error
            }
            do throws(DescriptorError) {
                process = try SpawnedProcess(
                    probe, input: toProgram.readEnd, output: fromProgram.writeEnd,
                    errorOutput: nil)
            } catch {
                toProgram.closeBoth()
                fromProgram.closeBoth()
                throw error
            }
            close(toProgram.readEnd)
            close(fromProgram.writeEnd)
            input = toProgram.writeEnd
            output = fromProgram.readEnd
            _ = fcntl(input, F_SETFL, O_NONBLOCK)
        } catch {
            throw ProbeError(
                call: program, error.number == ENOENT ? .notFound : .system(error.number))
        }
    }

    private static func find(_ program: String, in folders: [String]) -> String? {
        guard !program.hasPrefix("/") else { return nil }
        return folders.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    /// Asks its whole group to end. Only before ``reap()`` said that it has.
    public func terminate() { process.terminateGroup() }

    /// Ends it, its group and what it started, likewise.
    public func kill() { process.killFamily() }

    /// Looks whether it has ended, without waiting; then what is left of its group is ended too.
    public func reap() -> State {
        switch process.reap() {
        case .running: .running
        case .ended(let ending): .ended(ending)
        case .lost: .lost
        }
    }
}
