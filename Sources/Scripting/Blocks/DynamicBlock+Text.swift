// SPDX-License-Identifier: Apache-2.0

public import Balancing
import DNSWire

extension DynamicBlock.Subject {
    /// `192.0.2.1/32`, `example.org.`
    public var text: String {
        switch self {
        case .source(let source): "\(source)"
        case .name(let wire): DNSName(wire: wire)?.description ?? "?"
        }
    }
}

extension DynamicBlock {
    /// Rounded up: one in force has at least one.
    public func secondsLeft(nowMicroseconds: UInt64) -> Int {
        let left = untilMicroseconds &- min(nowMicroseconds, untilMicroseconds)
        return Int((left + 999_999) / 1_000_000)
    }
}
