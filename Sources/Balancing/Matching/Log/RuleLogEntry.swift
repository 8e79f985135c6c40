// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// One message that a `LogAction` saw.
public struct RuleLogEntry: Sendable {
    /// Index in ``RuleLog/targets``.
    public var target: Int
    /// Of the monotonic clock.
    public var microseconds: UInt64
    public var client: IPAddress
    public var port: UInt16
    public var id: UInt16
    public var queryType: UInt16
    /// `nil` for a query.
    public var responseCode: UInt16?
    /// In wire form.
    public var name: [UInt8]
}
