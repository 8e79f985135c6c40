// SPDX-License-Identifier: Apache-2.0

// `environ` is a variable of C; nothing in this daemon calls setenv(3) while it runs.
import CLinux
@preconcurrency import Glibc

/// A child in a process group of its own, known by its id until it is reaped.
///
/// It is never reaped by anyone but ``reap()``: no SIGCHLD handler, no wait for "any" child.
struct SpawnedProcess {
    let id: pid_t

    /// Starts the program; standard output and error go to the given descriptors, which the caller
    /// keeps, standard input reads nothing. Signals are as a shell would give them.
    ///
    /// With `input` it reads that; without `errorOutput` what it complains of goes where ours goes.
    init(
        _ probe: ProcessProbe, input: Int32? = nil, output: Int32, errorOutput: Int32?
    ) throws(DescriptorError) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        if let errorOutput { posix_spawn_file_actions_adddup2(&actions, errorOutput, 2) }
        // SwiftNIO (2.101) opens its sockets without SOCK_CLOEXEC: a check's child would hold BGP
        // sessions and listeners open.
        let closing = clinux_spawn_close_from(&actions, 3)
        guard closing == 0 else { throw DescriptorError(number: closing) }
        Self.separate(&attributes)
        var arguments = probe.arguments.map { strdup($0) } + [nil]
        var environment = Self.environment(adding: probe.environment).map { strdup($0) } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        var child: pid_t = 0
        let number = posix_spawnp(
            &child, probe.arguments[0], &actions, &attributes, &arguments, &environment)
        guard number == 0 else { throw DescriptorError(number: number) }
        id = child
    }

    /// A group of its own, default handlers (we ignore SIGPIPE), no signal blocked.
    private static func separate(_ attributes: inout posix_spawnattr_t) {
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    }

    private static func environment(adding changes: [String: String]) -> [String] {
        var lines: [String] = []
        var next = environ
        while let entry = next.pointee {
            let line = String(cString: entry)
            let name = line.prefix { $0 != "=" }
            if changes[String(name)] == nil { lines.append(line) }
            next += 1
        }
        return lines + changes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    /// Kills the group, and what left it by setsid(2) and is still below. Only before ``reap()`` has
    /// succeeded.
    func killFamily() { ProcessFamily.kill(id) }

    /// Kills the whole group. Only before ``reap()`` has succeeded: until then the id is ours.
    func killGroup() { kill(-id, SIGKILL) }

    /// Asks the whole group to end, likewise.
    func terminateGroup() { kill(-id, SIGTERM) }

    enum Reaped {
        case running
        case ended(ProcessOutcome.Ending)
        /// Somebody else took the status, as when SIGCHLD is ignored.
        case lost
    }

    /// Looks whether the process has ended, without waiting. Ended, its group is killed before the
    /// id is given back, so that nothing it left in the background outlives the check.
    func reap() -> Reaped {
        var information = siginfo_t()
        guard waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT) == 0 else {
            return .lost
        }
        guard information.si_signo == SIGCHLD else { return .running }
        killGroup()
        var status: Int32 = 0
        guard waitpid(id, &status, WNOHANG) == id else { return .lost }
        let signal = status & 0x7f  // WTERMSIG, a macro Swift does not see
        return .ended(signal == 0 ? .exited(status: status >> 8 & 0xff) : .signaled(signal))
    }
}
