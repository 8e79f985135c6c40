// SPDX-License-Identifier: Apache-2.0
//
// What a decision costs: each policy in slices of some hundred microseconds, one after the other and
// over and over, so that a change of the machine's mood meets all of them. Prints a line
// "SERVERS NAME nanoseconds-per-call" for each; policies.sh runs it for each round anew, because
// where a process lies in memory makes some nanoseconds, too.
//
// Usage: PolicyBench REPOSITORY
//   SLICES=40 in the environment; ONLY=TEXT for those with TEXT in their name (for a profiler)

import Glibc
import Scripting

@main
enum PolicyBench {
    static let builtins = [
        "leastOutstanding", "wrandom", "whashed", "chashed", "roundrobin", "firstAvailable",
        "orderedWrandUntag",
    ]
    static let shipped = ["orderedwrandom", "orderedLeastOutstanding"]
    /// How long one slice is to take.
    static let sliceNanoseconds = 200_000

    /// Something that decides so many times, and returns what no compiler can foresee.
    struct Subject {
        let name: String
        let run: (_ calls: Int) -> Int
    }

    static func main() {
        do {
            try measure()
        } catch {
            let text = "PolicyBench: \(error)\n"
            _ = text.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
            exit(1)
        }
    }

    private static func measure() throws {
        guard CommandLine.arguments.count == 2 else {
            throw PolicyBed.Fault(description: "usage: PolicyBench REPOSITORY")
        }
        let slices = setting("SLICES") ?? 40
        for servers in [6, 64] {
            let bed = try makeBed(servers: servers, repository: CommandLine.arguments[1])
            let subjects = try makeSubjects(bed, servers, CommandLine.arguments[1])
            let calls = try subjects.map { try calibrate($0) }
            var spent = [Int](repeating: 0, count: subjects.count)
            for _ in 0..<slices {
                for (index, subject) in subjects.enumerated() {
                    spent[index] += time(subject, calls[index])
                }
            }
            for (index, subject) in subjects.enumerated() {
                print(servers, subject.name, Double(spent[index]) / Double(calls[index] * slices))
            }
            try bed.requireThatPoliciesDecided()
        }
    }

    private static func makeBed(servers: Int, repository: String) throws -> PolicyBed {
        var policies: [(pool: String, lua: String)] = []
        for name in builtins {
            policies.append(("built-in:\(name)", "setPoolServerPolicy(\(name), POOL)"))
            policies.append(
                (
                    "planned:\(name)",
                    """
                    setPoolServerPolicy(newPlannedPolicy('all-\(name)', function(servers)
                        return {servers = servers, pick = '\(name)'}
                    end), POOL)
                    """
                ))
        }
        for name in shipped {
            let file = "\(repository)/Policies/\(name)/\(name)"
            policies.append(
                (
                    "Lua:\(name)",
                    "setPoolServerPolicyLua('\(name)', dofile('\(file).lua'), POOL)"
                ))
            policies.append(
                (
                    "planned:\(name)",
                    """
                    setPoolServerPolicy(
                        newPlannedPolicy('plan-\(name)', dofile('\(file).planned.lua')), POOL)
                    """
                ))
        }
        return try PolicyBed(servers: servers, policies: policies)
    }

    private static func makeSubjects(
        _ bed: PolicyBed, _ servers: Int, _ repository: String
    ) throws -> [Subject] {
        var subjects = try shipped.map { name in
            let bare = try PlainLua(
                setup: "\(repository)/Benchmarks/BareLua/plain.lua",
                policy: "\(repository)/Policies/\(name)/\(name).lua", servers: servers)
            return Subject(name: "bare:\(name)") { bare.run(calls: $0) }
        }
        for (pool, number) in bed.pools.sorted(by: { $0.key < $1.key }) where !pool.isEmpty {
            subjects.append(Subject(name: pool) { bed.run(pool: number, calls: $0) })
        }
        guard let only = getenv("ONLY").map({ String(cString: $0) }) else { return subjects }
        return subjects.filter { $0.name.contains(only) }
    }

    /// How many calls fill a slice; warms everything up.
    private static func calibrate(_ subject: Subject) throws -> Int {
        let calls = 5_000
        _ = time(subject, calls)
        let each = max(1, time(subject, calls)) / calls
        guard subject.run(1) >= 0 else {
            throw PolicyBed.Fault(description: "\(subject.name) chose nothing")
        }
        return max(100, sliceNanoseconds / max(1, each))
    }

    /// Nanoseconds of this thread's processor time.
    private static func time(_ subject: Subject, _ calls: Int) -> Int {
        let start = processorNanoseconds()
        let sum = subject.run(calls)
        let end = processorNanoseconds()
        // Keeps the work: nobody knows that this is never so.
        if sum == Int.min { print(sum) }
        return end - start
    }

    private static func processorNanoseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return now.tv_sec * 1_000_000_000 + now.tv_nsec
    }

    private static func setting(_ name: String) -> Int? {
        getenv(name).flatMap { Int(String(cString: $0)) }
    }
}
