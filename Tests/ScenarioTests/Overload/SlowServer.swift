// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// A server that takes the same time for every query, however many there are.
final class SlowServer: Sendable {
    let port: UInt16
    private let descriptor: Int32
    private let isOver = Atomic<Bool>(false)

    init(port: UInt16, milliseconds: Int64) {
        self.port = port
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        var size: Int32 = 4 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        Thread.detachNewThread { [self] in serve(milliseconds * 1_000) }
    }

    func stop() { isOver.store(true, ordering: .relaxed) }

    private func serve(_ microseconds: Int64) {
        var waiting: [(due: Int64, bytes: [UInt8], client: sockaddr_in)] = []
        var first = 0
        var buffer = [UInt8](repeating: 0, count: 512)
        while !isOver.load(ordering: .relaxed) {
            var client = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &client) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT), $0, &length)
                }
            }
            let now = LoadSocket.now
            if count >= 12 {
                buffer[2] |= 0x80
                waiting.append((now + microseconds, Array(buffer[..<count]), client))
            } else {
                usleep(200)
            }
            while first < waiting.count, waiting[first].due <= now {
                var client = waiting[first].client
                let bytes = waiting[first].bytes
                _ = withUnsafePointer(to: &client) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(descriptor, bytes, bytes.count, 0, $0, length)
                    }
                }
                first += 1
            }
            if first > 10_000 {
                waiting.removeFirst(first)
                first = 0
            }
        }
        close(descriptor)
    }
}
