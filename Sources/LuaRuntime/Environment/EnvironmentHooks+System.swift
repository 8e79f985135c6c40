// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

extension EnvironmentHooks {
    /// Files and command output that scripts may read at most: what one crossing into Lua can carry,
    /// with room to spare.
    public static let fileBytesMax = 48 << 20

    /// The real system.
    public static var system: EnvironmentHooks {
        EnvironmentHooks(
            time: { Int64(Glibc.time(nil)) },
            clock: { Double(Glibc.clock()) / 1_000_000 },
            getenv: { name in Glibc.getenv(name).map { String(cString: $0) } },
            readFile: { path in readAll(path) },
            writablePath: { path in path },
            remove: { path in change(path, Glibc.remove(path)) },
            rename: { from, to in change(from, Glibc.rename(from, to)) },
            popen: { command throws(EnvironmentError) in try output(of: command) },
            execute: { command in run(command) },
            randomSeed: { Int64.random(in: .min ... .max) },
            print: { bytes in writeOut(bytes[...]) })
    }

    /// Unbuffered: what scripts print before a crash is seen. A closed standard output loses it.
    private static func writeOut(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func failure(_ subject: String, _ code: Int32) -> (String, Int32) {
        ("\(subject): \(String(cString: strerror(code)))", code)
    }

    private static func readAll(_ path: String) -> FileRead {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let (message, code) = failure(path, errno)
            return .failure(message: message, errno: code)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 {
                let (message, code) = failure(path, errno)
                return .failure(message: message, errno: code)
            }
            if count == 0 { return .bytes(bytes) }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > fileBytesMax {
                return .failure(
                    message: "\(path): longer than \(fileBytesMax >> 20) MiB", errno: EFBIG)
            }
        }
    }

    private static func change(_ path: String, _ result: Int32) -> FileChange {
        if result == 0 { return .done }
        let (message, code) = failure(path, errno)
        return .failure(message: message, errno: code)
    }

    /// The wait status of a shell command, -1 when no shell could be started: `system(3)`, but the
    /// command inherits no socket of ours.
    private static func run(_ command: String) -> Int32 {
        let child = clinux_shell_start(command, nil)
        return child < 0 ? -1 : wait(for: child)
    }

    private static func output(of command: String) throws(EnvironmentError) -> CommandOutput {
        var pipe: Int32 = -1
        let child = clinux_shell_start(command, &pipe)
        guard child >= 0 else { throw EnvironmentError(failure(command, -child).0) }
        defer { close(pipe) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(pipe, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            // The rest is read and dropped, or the command would be killed by a closed pipe.
            if bytes.count < fileBytesMax { bytes.append(contentsOf: chunk[..<count]) }
        }
        return CommandOutput(bytes: bytes, waitStatus: wait(for: child))
    }

    private static func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return -1 }
        }
        return status
    }
}
