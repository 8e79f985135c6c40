// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// `posix_spawn(3)` as tests need it: a process group of its own, no blocked signal, nothing open
/// but the three standard descriptors.
enum SpawnedProcess {
    enum Input {
        case nothing
        case descriptor(Int32)
    }

    /// Starts `words[0]`, a path, and returns its process id, which is its group's too.
    static func start(
        _ words: [String], environment: [String], standardInput: Input = .nothing,
        output: String, errors: String
    ) throws(PeerError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        switch standardInput {
        case .nothing: posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, 0)
        }
        let create = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 1, output, create, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errors, create, 0o644)
        // SwiftNIO opens its sockets without SOCK_CLOEXEC: a router started meanwhile would hold a
        // speaker's listener open, and who calls that is answered by nobody.
        let result = clinux_spawn_close_from(&actions, 3)
        guard result == 0 else { throw .system(call: "addclosefrom_np", errno: result) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        var processID: pid_t = 0
        let started = withCStrings(words) { argv in
            withCStrings(environment) { envp in
                posix_spawn(&processID, words[0], &actions, &attributes, argv, envp)
            }
        }
        guard started == 0 else { throw .system(call: "posix_spawn \(words[0])", errno: started) }
        return processID
    }

    private static func withCStrings<R>(
        _ words: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
    ) -> R {
        let copies = words.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
