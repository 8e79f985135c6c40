// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix

/// Looks at files on threads for blocking work: one on a dead file server would hold up the loop.
enum FileLook {
    /// `done` gets `nil` when there is no such file.
    static func start(
        _ probe: FileProbe, loop: any EventLoop,
        _ done: @escaping (Result<FileState?, ProbeError>) -> Void
    ) -> ProbeHandle {
        var waiting: ((Result<FileState?, ProbeError>) -> Void)? = done
        NIOThreadPool.singleton.runIfActive(eventLoop: loop) { look(probe) }
            .assumeIsolated()
            .whenComplete { result in
                waiting?(
                    result.mapError { _ in ProbeError(call: probe.call, .system(EIO)) }
                        .flatMap { $0 })
                waiting = nil
            }
        return ProbeHandle { waiting = nil }
    }

    private static func look(_ probe: FileProbe) -> Result<FileState?, ProbeError> {
        func failure(_ number: Int32) -> Result<FileState?, ProbeError> {
            number == ENOENT || number == ENOTDIR
                ? .success(nil) : .failure(ProbeError(call: probe.call, .system(number)))
        }
        var status = stat()
        guard stat(probe.path, &status) == 0 else { return failure(errno) }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let age =
            Double(now.tv_sec - status.st_mtim.tv_sec)
            + Double(now.tv_nsec - status.st_mtim.tv_nsec) / 1e9
        var state = FileState(ageSeconds: age)
        guard probe.wish == .read else { return .success(state) }
        // A pipe or a terminal would keep the thread.
        guard status.st_mode & S_IFMT == S_IFREG else {
            return .failure(ProbeError(call: probe.call, .invalid("not a regular file")))
        }
        let descriptor = open(probe.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return failure(errno) }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: FileProbe.bytesMax)
        while state.bytes.count < FileProbe.bytesMax {
            let count = read(descriptor, &buffer, FileProbe.bytesMax - state.bytes.count)
            guard count >= 0 else { return failure(errno) }
            guard count > 0 else { break }
            state.bytes += buffer[..<count]
        }
        return .success(state)
    }
}
