// SPDX-License-Identifier: Apache-2.0

/// Records what one evaluation was told by the system, so that others are told the same.
///
/// Answers are kept per call and key, in order. In a replay nothing is run or written again, and a
/// question that the first evaluation did not ask is an error: the evaluations have parted.
/// Belongs to one thread.
public final class EnvironmentJournal {
    private struct Question: Hashable {
        var call: String
        var key: String = ""
    }

    private enum Answer: Hashable {
        case integer(Int64)
        case number(Double)
        case text(String?)
        case file(EnvironmentHooks.FileRead)
        case change(EnvironmentHooks.FileChange)
        case output(EnvironmentHooks.CommandOutput)
        case failure(EnvironmentError)
    }

    private let source: EnvironmentHooks
    private var answers: [Question: [Answer]] = [:]

    /// Records answers of `source`.
    public init(recording source: EnvironmentHooks = .system) { self.source = source }

    /// The hooks of the first evaluation: real answers, kept.
    public var recorder: EnvironmentHooks {
        let source = source
        return EnvironmentHooks(
            time: { () throws(EnvironmentError) in
                let value = try source.time()
                self.keep("os.time", "", .integer(value))
                return value
            },
            clock: { () throws(EnvironmentError) in
                let value = try source.clock()
                self.keep("os.clock", "", .number(value))
                return value
            },
            getenv: { name throws(EnvironmentError) in
                let value = try source.getenv(name)
                self.keep("os.getenv", name, .text(value))
                return value
            },
            readFile: { path throws(EnvironmentError) in
                let value = try source.readFile(path)
                self.keep("reading", path, .file(value))
                return value
            },
            writablePath: source.writablePath,
            remove: { path throws(EnvironmentError) in
                let value = try source.remove(path)
                self.keep("os.remove", path, .change(value))
                return value
            },
            rename: { from, to throws(EnvironmentError) in
                let value = try source.rename(from, to)
                self.keep("os.rename", from, .change(value))
                return value
            },
            popen: { command throws(EnvironmentError) in
                let value = try self.output(source, command)
                self.keep("io.popen", command, .output(value))
                return value
            },
            execute: { command throws(EnvironmentError) in
                let value = try source.execute(command)
                self.keep("os.execute", command, .integer(Int64(value)))
                return value
            },
            randomSeed: { () throws(EnvironmentError) in
                let value = try source.randomSeed()
                self.keep(Self.seedCall, "", .integer(value))
                return value
            },
            print: source.print)
    }

    /// The hooks of one later evaluation, from the beginning.
    public func replay() -> EnvironmentHooks {
        let tape = Tape(answers)
        return EnvironmentHooks(
            time: { () throws(EnvironmentError) in try tape.integer("os.time") },
            clock: { () throws(EnvironmentError) in
                guard case .number(let value) = try tape.next("os.clock", "") else { return 0 }
                return value
            },
            getenv: { name throws(EnvironmentError) in
                guard case .text(let value) = try tape.next("os.getenv", name) else { return nil }
                return value
            },
            readFile: { path throws(EnvironmentError) in
                guard case .file(let value) = try tape.next("reading", path) else {
                    throw Tape.parted("reading", path)
                }
                return value
            },
            writablePath: { _ in "/dev/null" },
            remove: { path throws(EnvironmentError) in try tape.change("os.remove", path) },
            rename: { from, _ throws(EnvironmentError) in try tape.change("os.rename", from) },
            popen: { command throws(EnvironmentError) in
                switch try tape.next("io.popen", command) {
                case .output(let value): return value
                case .failure(let error): throw error
                default: throw Tape.parted("io.popen", command)
                }
            },
            execute: { command throws(EnvironmentError) in
                Int32(truncatingIfNeeded: try tape.integer("os.execute", command))
            },
            randomSeed: { () throws(EnvironmentError) in try tape.integer(Self.seedCall) },
            print: { _ in })
    }

    /// A number for all that was answered, the same in this process for the same questions and
    /// answers. Seeds of random numbers do not count, which are never the same.
    public var digest: Int {
        answers.filter { $0.key.call != Self.seedCall }.hashValue
    }

    private static let seedCall = "math.randomseed"

    private func keep(_ call: String, _ key: String, _ answer: Answer) {
        answers[Question(call: call, key: key), default: []].append(answer)
    }

    private func output(
        _ source: EnvironmentHooks, _ command: String
    ) throws(EnvironmentError) -> EnvironmentHooks.CommandOutput {
        do {
            return try source.popen(command)
        } catch {
            keep("io.popen", command, .failure(error))
            throw error
        }
    }

    /// Is one replay's position in every list of answers.
    private final class Tape {
        private let answers: [Question: [Answer]]
        private var positions: [Question: Int] = [:]

        init(_ answers: [Question: [Answer]]) { self.answers = answers }

        func next(_ call: String, _ key: String) throws(EnvironmentError) -> Answer {
            let question = Question(call: call, key: key)
            let position = positions[question, default: 0]
            guard let list = answers[question], position < list.count else {
                throw Tape.parted(call, key)
            }
            positions[question] = position + 1
            return list[position]
        }

        func integer(_ call: String, _ key: String = "") throws(EnvironmentError) -> Int64 {
            guard case .integer(let value) = try next(call, key) else {
                throw Tape.parted(call, key)
            }
            return value
        }

        func change(
            _ call: String, _ key: String
        ) throws(EnvironmentError) -> EnvironmentHooks.FileChange {
            guard case .change(let value) = try next(call, key) else {
                throw Tape.parted(call, key)
            }
            return value
        }

        static func parted(_ call: String, _ key: String) -> EnvironmentError {
            let subject = key.isEmpty ? call : "\(call) \(key)"
            return EnvironmentError(
                "\(subject): the configuration asked for this in one evaluation and not in the "
                    + "first; it must do the same in each")
        }
    }
}
