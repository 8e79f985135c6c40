// SPDX-License-Identifier: Apache-2.0

/// A resource record.
public struct DNSRecord: Hashable, Sendable, CustomStringConvertible {
    public var name: DNSName
    public var type: DNSType
    public var `class`: DNSClass
    /// Seconds; what is above 2³¹ - 1 reads as 0 (RFC 2181 §8).
    public var timeToLiveSeconds: UInt32
    public var data: RecordData

    public init(
        name: DNSName, type: DNSType, class: DNSClass = .internet, timeToLiveSeconds: UInt32,
        data: RecordData
    ) {
        self.name = name
        self.type = type
        self.class = `class`
        self.timeToLiveSeconds = timeToLiveSeconds
        self.data = data
    }

    /// One line as in a zone file.
    public var description: String {
        "\(name) \(timeToLiveSeconds) \(`class`.name) \(type.name) \(data)"
    }
}
