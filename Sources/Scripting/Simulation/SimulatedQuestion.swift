// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Glibc

/// A query for `NUMBER.simulation.test. A`, of which only the number changes: made once, because a
/// hundred thousand of them should cost no more than the decisions.
struct SimulatedQuestion {
    private static let digits = 8
    private static let name =
        [UInt8(digits)] + Array(repeating: UInt8(ascii: "0"), count: digits)
        + [10] + Array("simulation".utf8) + [4] + Array("test".utf8) + [0]

    static let nameLength = Int32(name.count)
    static let packetLength = Int32(12 + name.count + 4)

    private var packet =
        [0x12, 0x67, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + Self.name + [0, 1, 0, 1]  // RD; A, IN
    private let address = Endpoint(address: .loopbackV4, port: 53_000).socketAddress.storage

    mutating func setNumber(_ number: UInt32) {
        var rest = number
        for place in 0..<Self.digits {
            let digit = UInt8(rest & 15)
            packet[12 + Self.digits - place] =
                digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest >>= 4
        }
    }

    /// Lends the whole message and the client's address.
    func withBytes<Result>(
        _ body: (_ packet: UnsafePointer<UInt8>, _ address: UnsafeRawPointer) -> Result
    ) -> Result {
        packet.withUnsafeBufferPointer { packet in
            withUnsafePointer(to: address) { address in
                // Never empty: it has a header.
                body(packet.baseAddress!, UnsafeRawPointer(address))
            }
        }
    }
}
