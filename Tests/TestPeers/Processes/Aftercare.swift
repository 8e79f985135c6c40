// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Ends what a test process leaves behind when it crashes or is killed: its children, with the
/// children of those, and its network namespaces.
///
/// A shell of its own reads one line a change from a pipe; the pipe's end is the end of the test
/// process, whatever ended it. A death signal of the kernel's (`PR_SET_PDEATHSIG`) would follow the
/// thread that started a child, of which Swift's come and go, and daemons that change their user
/// lose it.
enum Aftercare {
    /// What is to be ended: a process group by its leader, a namespace by its name.
    enum Ward: Sendable {
        case group(pid_t)
        case namespace(String)

        fileprivate var words: String {
            switch self {
            case .group(let leader): "group \(leader)"
            case .namespace(let name): "namespace \(name)"
            }
        }
    }

    /// To be called before a child is started: one that were started meanwhile would hold the pipe open.
    static func prepare() { pipe.withLock { _ in } }

    static func add(_ ward: Ward) { tell("+ \(ward.words)\n") }
    static func remove(_ ward: Ward) { tell("- \(ward.words)\n") }

    /// Its list is `kind:name` words between blanks.
    private static let script = """
        trap '' INT TERM HUP QUIT
        list=' '
        while read -r sign kind name; do
            case $sign in
            +) list="$list$kind:$name " ;;
            -) case $list in *" $kind:$name "*) list="${list%% $kind:$name *} ${list#* $kind:$name }" ;; esac ;;
            esac
        done
        for ward in $list; do
            case $ward in group:*) kill -KILL "-${ward#group:}" 2>/dev/null ;; esac
        done
        for ward in $list; do
            case $ward in namespace:*)
                ip netns delete "${ward#namespace:}" 2>/dev/null
                rm -rf "/etc/netns/${ward#namespace:}" ;;
            esac
        done
        """

    /// The pipe's end that is ours; -1 when there is no shell, without which tests run all the same.
    private static let pipe = Mutex<Int32>(start())

    private static func tell(_ line: String) {
        pipe.withLock { descriptor in
            guard descriptor >= 0 else { return }
            let bytes = Array(line.utf8)
            // Below PIPE_BUF, so whole; a shell that is gone is no reason to fail (SIGPIPE is
            // ignored in a process that uses NIO, and EPIPE ends it here).
            if write(descriptor, bytes, bytes.count) < 0 {
                close(descriptor)
                descriptor = -1
            }
        }
    }

    private static func start() -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { return -1 }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let process = try? SpawnedProcess.start(
            ["/bin/sh", "-c", script], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            standardInput: .descriptor(ends[0]), output: "/dev/null", errors: "/dev/null")
        guard process != nil else {
            close(ends[1])
            return -1
        }
        return ends[1]
    }
}
