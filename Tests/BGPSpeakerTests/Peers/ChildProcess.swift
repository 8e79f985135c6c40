// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A program that a test started; what it prints goes to a file.
final class ChildProcess {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let processID: pid_t
    let output: String
    private var status: CInt?

    /// Starts `path`; a program that is missing is an error, so that its test fails.
    init(_ path: String, _ arguments: [String], output: String) throws {
        self.output = output
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Tests run on threads that block signals, and a child inherits that: it would never hear
        // SIGTERM.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, path, &actions, &attributes, &words, environ)
        guard code == 0 else {
            throw Failure(description: "\(path): \(String(cString: strerror(code)))")
        }
        processID = child
    }

    deinit {
        stop(SIGKILL)
    }

    func signal(_ number: CInt) {
        if status == nil { kill(processID, number) }
    }

    /// Signals and waits for the end; SIGKILL after five seconds.
    func stop(_ number: CInt = SIGTERM) {
        guard status == nil else { return }
        kill(processID, number)
        for _ in 0..<500 where !hasEnded {
            usleep(10_000)
        }
        guard !hasEnded else { return }
        kill(processID, SIGKILL)
        wait()
    }

    private var hasEnded: Bool {
        guard status == nil else { return true }
        var code: CInt = 0
        guard waitpid(processID, &code, WNOHANG) == processID else { return false }
        status = code
        return true
    }

    private func wait() {
        var code: CInt = 0
        while waitpid(processID, &code, 0) < 0, errno == EINTR {}
        status = code
    }

    /// Runs a program to its end and returns what it printed.
    static func run(_ path: String, _ arguments: [String], scratch: String) throws -> String {
        unlink(scratch)
        let child = try ChildProcess(path, arguments, output: scratch)
        child.wait()
        return read(scratch)
    }

    static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
