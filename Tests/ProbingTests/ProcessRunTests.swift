// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import Probing

/// Catches a process that outlives its check, blocks it, or is reported as something else.
@Suite struct ProcessRunTests {
    private func run(
        _ arguments: [String], timeoutMilliseconds: Int = 5_000,
        environment: [String: String] = [:]
    ) async throws -> Result<ProcessOutcome, ProbeError> {
        var probe = ProcessProbe(arguments: arguments)
        probe.timeoutMilliseconds = timeoutMilliseconds
        probe.environment = environment
        let request = probe
        return try await Loopback.run { prober, done in _ = prober.run(request, done) }
    }

    private func shell(_ script: String, timeoutMilliseconds: Int = 5_000) async throws
        -> Result<ProcessOutcome, ProbeError>
    {
        try await run(["/bin/sh", "-c", script], timeoutMilliseconds: timeoutMilliseconds)
    }

    private func words(_ result: Result<ProcessOutcome, ProbeError>) -> String {
        switch result {
        case .success(let outcome): "\(outcome.ending)"
        case .failure(let error): "\(error)"
        }
    }

    /// Whether a process of this id exists and is no zombie.
    private func isAlive(_ id: pid_t) -> Bool {
        guard let file = fopen("/proc/\(id)/stat", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, Int32(line.count), file) != nil else { return false }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        return !text.contains(") Z ")
    }

    @Test func outputErrorOutputAndStatusAreKeptApart() async throws {
        let outcome = try await shell("echo out; echo err >&2; exit 3").get()
        #expect(outcome.output == Array("out\n".utf8))
        #expect(outcome.errorOutput == Array("err\n".utf8))
        #expect(outcome.ending == .exited(status: 3) && outcome.status == 3)
        #expect(!outcome.outputWasCut && outcome.seconds > 0)
    }

    @Test func signalIsNoStatus() async throws {
        let outcome = try await shell("kill -TERM $$").get()
        #expect(outcome.ending == .signaled(SIGTERM) && outcome.status == 143)
    }

    @Test func programIsFoundAlongThePath() async throws {
        #expect(try await run(["true"]).get().status == 0)
        #expect(
            words(try await run(["pharos-no-such-program", "x"]))
                == "exec.run pharos-no-such-program: not found")
        #expect(words(try await run(["/etc/passwd"])) == "exec.run /etc/passwd: permission denied")
        #expect(words(try await run([])) == "exec.run : no program given")
        #expect(words(try await run(["a\0b"])).hasSuffix("a zero octet in an argument"))
    }

    @Test func argumentsReachTheProgramUnchanged() async throws {
        let outcome = try await run(["printf", "%s|", "a b", "$HOME", "", "'\"\\"]).get()
        #expect(String(decoding: outcome.output, as: UTF8.self) == "a b|$HOME||'\"\\|")
    }

    @Test func environmentIsAddedToOurs() async throws {
        let outcome = try await run(
            ["/bin/sh", "-c", "echo $EXTRA; test -n \"$PATH\" && echo path"],
            environment: ["EXTRA": "yes"]
        ).get()
        #expect(String(decoding: outcome.output, as: UTF8.self) == "yes\npath\n")
    }

    @Test func standardInputIsEmptyAndTheGroupIsItsOwn() async throws {
        let outcome = try await shell("cat; ps -o pgid= -p $$ 2>/dev/null || echo $$; echo $$")
            .get()
        let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n")
            .map { $0.filter(\.isNumber) }
        #expect(lines.count == 2 && lines.first == lines.last)
    }

    @Test func noDescriptorOfOursIsInherited() async throws {
        let responder = try await StreamResponder()
        let outcome = try await run(["ls", "/proc/self/fd"]).get()
        // The fourth is what ls reads the folder by.
        #expect(String(decoding: outcome.output, as: UTF8.self) == "0\n1\n2\n3\n")
        try await responder.close()
    }

    @Test func timeoutKillsGrandchildrenToo() async throws {
        let started = ContinuousClock.now
        let file = "/tmp/pharos-test-\(getpid())-\(UInt32.random(in: .min ... .max))"
        defer { unlink(file) }
        let result = try await shell(
            "sh -c 'echo $$ > \(file); sleep 30' & wait", timeoutMilliseconds: 300)
        #expect(words(result) == "exec.run /bin/sh: killed after 0.3 s")
        #expect(ContinuousClock.now - started < .seconds(3))
        let grandchild = try #require(number(in: file))
        #expect(try await Loopback.eventually { !isAlive(grandchild) })
    }

    @Test func timeoutKillsWhatLeftTheSession() async throws {
        // Symptom: setsid(1) in a check's command outlived the check's timeout.
        let file = "/tmp/pharos-test-\(getpid())-\(UInt32.random(in: .min ... .max))"
        defer { unlink(file) }
        let result = try await shell(
            "setsid sh -c 'echo $$ > \(file); setsid sleep 30 & wait' & wait",
            timeoutMilliseconds: 500)
        #expect(words(result) == "exec.run /bin/sh: killed after 0.5 s")
        let child = try #require(number(in: file))
        #expect(try await Loopback.eventually { !isAlive(child) })
        let left = try await shell("pgrep -f 'sleep 30$' -g \(child)").get()
        #expect(left.status == 1, "\(String(decoding: left.output, as: UTF8.self))")
    }

    /// What is promised of a daemon: nothing happens to it.
    @Test func aDaemonIsLeftAlone() async throws {
        let outcome = try await shell("setsid sh -c 'sleep 30 & echo $!'").get()
        let child = try #require(
            pid_t(String(decoding: outcome.output, as: UTF8.self).filter(\.isNumber)))
        defer { kill(child, SIGKILL) }
        try await Task.sleep(for: .milliseconds(100))
        #expect(isAlive(child))
    }

    @Test func backgroundChildrenDoNotOutliveTheProcess() async throws {
        let started = ContinuousClock.now
        let outcome = try await shell("sleep 30 & echo $!").get()
        #expect(ContinuousClock.now - started < .seconds(3))
        let child = try #require(
            pid_t(String(decoding: outcome.output, as: UTF8.self).filter(\.isNumber)))
        #expect(try await Loopback.eventually { !isAlive(child) })
    }

    @Test func closingItsOutputIsNotTheEnd() async throws {
        let outcome = try await shell("exec >&- 2>&-; sleep 0.1; exit 7").get()
        #expect(outcome.status == 7 && outcome.seconds >= 0.1)
    }

    @Test func outputIsBoundedAndTheProcessGoesOn() async throws {
        let outcome = try await shell(
            "head -c 300000 /dev/zero; head -c 10 /dev/zero >&2; exit 5"
        ).get()
        #expect(outcome.output.count == ProcessProbe.outputBytesMax)
        #expect(outcome.errorOutput.count == 10)
        #expect(outcome.outputWasCut && outcome.status == 5)
    }

    @Test func cancelKillsAndReaps() async throws {
        let file = "/tmp/pharos-test-\(getpid())-\(UInt32.random(in: .min ... .max))"
        defer { unlink(file) }
        let probe = ProcessProbe(arguments: ["/bin/sh", "-c", "echo $$ > \(file); sleep 30"])
        let isOver: Bool = try await Loopback.run { prober, done in
            let handle = prober.run(probe) { _ in Issue.record("completed after cancel") }
            _ = prober.sleep(milliseconds: 200) {
                handle.cancel()
                _ = prober.sleep(milliseconds: 100) { done(true) }
            }
        }
        #expect(isOver)
        let child = try #require(number(in: file))
        // Reaped: not even a zombie is left.
        #expect(try await Loopback.eventually { access("/proc/\(child)", F_OK) != 0 })
    }

    @Test func manyRunAtOnceWithoutLeakingDescriptors() async throws {
        _ = try await shell("true")
        try await withThrowingTaskGroup(of: Int32.self) { group in
            for status in 0..<20 {
                group.addTask { try await self.shell("exit \(status)").get().status }
            }
            var seen: Set<Int32> = []
            for try await status in group { seen.insert(status) }
            #expect(seen.count == 20)
        }
    }

    private func number(in path: String) -> pid_t? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        return pid_t(String(decoding: line.map(UInt8.init), as: UTF8.self).filter(\.isNumber))
    }
}
