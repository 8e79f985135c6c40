// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Keeps a second daemon from running the same configuration, or from taking a control socket.
///
/// The lock is `flock(2)` on a file beside the control socket that holds the owner's process id;
/// the kernel drops it when the process ends, however it ends. A configuration is known by its
/// resolved path: editors replace the file itself, so it cannot carry the lock.
struct InstanceLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Takes the lock called `name` in `directory`.
    ///
    /// - Throws: ``DaemonError/alreadyRunning(processID:what:)`` when another process has it.
    init(directory: String, name: String, what: String) throws(DaemonError) {
        let path = "\(directory)/\(name).lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw .system(call: "open", object: path, code: errno)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = Self.processID(in: descriptor)
            close(descriptor)
            throw .alreadyRunning(processID: owner, what: what)
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count
        else {
            throw .system(call: "write", object: path, code: errno)
        }
    }

    private static func processID(in descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count], as: UTF8.self).prefix(while: \.isNumber))
    }

    deinit { close(descriptor) }

    /// The name of the lock of a configuration: its resolved path's FNV-1a hash.
    static func name(ofConfiguration path: String) -> String {
        let resolved = realpath(path, nil)
        defer { free(resolved) }
        let text = resolved.map { String(cString: $0) } ?? path
        let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return "pharos-" + String(hash, radix: 16)
    }
}
