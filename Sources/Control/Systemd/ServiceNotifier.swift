// SPDX-License-Identifier: Apache-2.0
//
// The service manager's notification protocol (sd_notify(3)): datagrams of NAME=VALUE lines to the
// socket that $NOTIFY_SOCKET names, a path or, after "@", an abstract name. A reload says
// RELOADING=1 with the monotonic time and then READY=1: systemd of Debian 12 does not need it,
// newer ones wait for it.

import Addressing
import Glibc

/// Tells the service manager what state the daemon is in; says nothing when there is none.
struct ServiceNotifier: Sendable {
    private let path: String?
    /// Half of the interval in which the manager wants to hear `WATCHDOG=1`; `nil` without one.
    let watchdogIntervalMilliseconds: Int?

    init(
        socketPath: String? = getenv("NOTIFY_SOCKET").map { String(cString: $0) },
        watchdogMicroseconds: String? = getenv("WATCHDOG_USEC").map { String(cString: $0) }
    ) {
        path = socketPath
        watchdogIntervalMilliseconds = watchdogMicroseconds.flatMap { Int($0) }.map {
            max(1, $0 / 2_000)
        }
    }

    func ready(status: String) { send("READY=1\nSTATUS=\(status)") }
    func stopping(_ why: String) { send("STOPPING=1\nSTATUS=\(why)") }
    func status(_ text: String) { send("STATUS=\(text)") }
    func watchdog() { send("WATCHDOG=1") }

    func reloading() {
        let microseconds = Int(ControlClock.monotonic / .microseconds(1))
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }

    /// A manager that does not listen is no reason to stop: the result is not looked at.
    private func send(_ message: String) {
        guard let path, !path.isEmpty else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        let isAbstract = name.first == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sa_family_t>.size + name.count + (isAbstract ? 0 : 1)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(message.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
    }
}
