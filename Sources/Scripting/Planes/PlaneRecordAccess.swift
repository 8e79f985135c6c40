// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import LuaRuntime

/// How `editTTLs` walks a message: the cursor is kept in the VM's ``PlaneCell``.
enum PlaneRecordAccess {
    static let next: PlaneCallbacks.NextRecord = { context, query, isFirst, record in
        guard let cell = context?.assumingMemoryBound(to: PlaneCell.self),
            let query = query?.assumingMemoryBound(to: PolicyQuery.self),
            let message = query.pointee.message
        else { return false }
        if isFirst { cell.pointee.cursor = RecordCursor(message) }
        while let found = cell.pointee.cursor?.next() {
            guard !found.isPseudo, found.data.upperBound <= message.bytes.count else { continue }
            let ttl = message.bytes.loadUnaligned(
                fromByteOffset: found.ttlOffset, as: UInt32.self)
            PlaneRecord(
                section: found.section, classNumber: found.class, type: found.type,
                ttl: UInt32(bigEndian: ttl), ttlOffset: found.ttlOffset
            ).store(record)
            return true
        }
        cell.pointee.cursor = nil
        return false
    }

    static let setTTL: PlaneCallbacks.SetTTL = { _, query, offset, seconds in
        guard let query = query?.assumingMemoryBound(to: PolicyQuery.self),
            query.pointee.state != nil, offset >= 0,
            Int(offset) + 4 <= Int(query.pointee.packetLength)
        else { return }
        query.pointee.buffer.storeBytes(
            of: seconds.bigEndian, toByteOffset: Int(offset), as: UInt32.self)
    }
}
