// SPDX-License-Identifier: Apache-2.0

import CLua

/// Is one record of a message as `editTTLs` shows it.
public struct PlaneRecord {
    /// 1 answer, 2 authority, 3 additional.
    public var section: UInt8
    public var classNumber: UInt16
    public var type: UInt16
    /// Seconds.
    public var ttl: UInt32
    /// Where the TTL is in the message.
    public var ttlOffset: Int

    public init(
        section: UInt8, classNumber: UInt16, type: UInt16, ttl: UInt32, ttlOffset: Int
    ) {
        self.section = section
        self.classNumber = classNumber
        self.type = type
        self.ttl = ttl
        self.ttlOffset = ttlOffset
    }

    /// Hands it over; `record` is what the callback was given.
    public func store(_ record: UnsafeMutableRawPointer?) {
        record?.assumingMemoryBound(to: clua_record.self).pointee = clua_record(
            section: Int32(section), class_number: classNumber, type: type, ttl: ttl,
            ttl_offset: Int64(ttlOffset))
    }
}
