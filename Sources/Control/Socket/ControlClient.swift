// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// The command line's side of the control socket: one request, one reply, blocking.
public enum ControlClient {
    /// Sends `request` to the daemon behind `path` and waits for its reply.
    ///
    /// - Throws: ``DaemonError/request(_:)`` when no daemon listens there or it hangs up.
    public static func send(
        _ request: ControlRequest, to path: String
    ) throws(DaemonError) -> ControlReply {
        let descriptor = try connect(to: path)
        defer { close(descriptor) }
        limit(descriptor, seconds: request.secondsMax)
        guard var line = try? JSONEncoder().encode(request) else {
            throw .request("the request cannot be encoded")
        }
        line.append(UInt8(ascii: "\n"))
        try write(line, to: descriptor, path: path)
        let answer = try read(from: descriptor, path: path)
        guard !answer.isEmpty else {
            throw .request("\(path): the daemon ended before it answered")
        }
        guard let reply = try? JSONDecoder().decode(ControlReply.self, from: answer) else {
            throw .request("\(path): the daemon's answer is not understood; is it another version?")
        }
        return reply
    }

    private static func limit(_ descriptor: Int32, seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    private static func connect(to path: String) throws(DaemonError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .request("\(path): longer than a socket's path may be (107 bytes)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .system(call: "socket", object: path, code: errno) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw .request(
                "\(path): \(String(cString: strerror(code))); "
                    + "is pharos running, with this --control?")
        }
        return descriptor
    }

    private static func write(
        _ bytes: Data, to descriptor: Int32, path: String
    ) throws(DaemonError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(call: "write", object: path, code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    private static func read(from descriptor: Int32, path: String) throws(DaemonError) -> Data {
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                throw .request("\(path): the daemon is there but does not answer; see its log")
            }
            guard count >= 0 else { throw .system(call: "read", object: path, code: errno) }
            if count == 0 { return answer }
            answer.append(contentsOf: buffer[..<count])
        }
    }
}
