// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import LuaRuntime

/// The fields of `dq` and `dr`.
enum PlaneField: String, CaseIterable {
    case qname, qtype, qclass, localaddr, remoteaddr, opcode, rcode, tcp, len, size, dh
    case pool, skipCache, useECS, ecsOverride, ecsPrefixLength, tempFailureTTL
}

enum PlaneQueryFields {
    typealias Query = UnsafeMutablePointer<PolicyQuery>

    static func read(
        _ field: PlaneField, _ subject: PlaneSubject, _ query: Query, _ writer: PlaneFieldWriter
    ) {
        let state = query.pointee.state
        switch field {
        case .qname: writer.set(borrowingName: query.pointee.name)
        case .remoteaddr: writer.set(borrowingSocketAddress: query.pointee.remoteAddress)
        case .localaddr: writer.set(borrowingSocketAddress: query.pointee.localAddress)
        case .dh: writer.setSubject(subject.header.rawValue)
        case .qtype: writer.set(Int64(query.pointee.queryType))
        case .qclass: writer.set(Int64(query.pointee.queryClass))
        case .tcp: writer.set(query.pointee.overTCP)
        case .len, .size: writer.set(Int64(query.pointee.packetLength))
        case .rcode: writer.set(Int64(query.pointee.message?.responseCode.rawValue ?? 0))
        case .opcode: writer.set(Int64(query.pointee.message?.opcode.rawValue ?? 0))
        case .pool: readPool(query, writer)
        case .skipCache: writer.set(has(state, .skipsCache))
        case .useECS: writer.set(!has(state, .clientSubnetDisabled))
        case .ecsOverride: writer.set(has(state, .clientSubnetOverrides))
        case .ecsPrefixLength:
            writer.set(Int64(clientSubnetBits(query, state)))
        case .tempFailureTTL:
            guard let ttl = state?.pointee.temporaryFailureTTL, ttl != QueryState.noTTL else {
                writer.setNil()
                return
            }
            writer.set(Int64(ttl))
        }
    }

    private static func has(
        _ state: UnsafeMutablePointer<QueryState>?, _ flag: QueryState.Flags
    ) -> Bool {
        state?.pointee.flags.contains(flag) ?? false
    }

    /// Bits of the client's address that its server would be told.
    private static func clientSubnetBits(
        _ query: Query, _ state: UnsafeMutablePointer<QueryState>?
    ) -> UInt8 {
        let isV4 = query.pointee.remoteAddressIsV4
        let settings = query.pointee.view.pointee.clientSubnet
        let wanted = isV4 ? state?.pointee.clientSubnetBitsV4 : state?.pointee.clientSubnetBitsV6
        guard let wanted, wanted != QueryState.noPrefix else {
            return isV4 ? settings.bitsV4 : settings.bitsV6
        }
        return wanted
    }

    private static func readPool(_ query: Query, _ writer: PlaneFieldWriter) {
        let view = query.pointee.view
        let pool = Int(query.pointee.state?.pointee.pool ?? 0)
        guard (0..<view.pointee.poolCount).contains(pool) else { return writer.set("") }
        writer.set(borrowing: view.pointee.pools[pool].name.bindMemory(to: UInt8.self))
    }

    static func write(
        _ field: PlaneField, _ value: PlaneArguments, _ subject: PlaneSubject, _ query: Query,
        _ writer: PlaneFieldWriter
    ) {
        let name = "\(subject.name).\(field.rawValue)"
        guard let state = query.pointee.state else {
            return writer.raise("\(name) cannot be changed here")
        }
        writer.setNil()
        switch field {
        case .skipCache: setFlag(.skipsCache, to: { $0 })
        case .useECS: setFlag(.clientSubnetDisabled, to: { !$0 })
        case .ecsOverride:
            setFlag(.clientSubnetOverrides, to: { $0 })
            setFlag(.clientSubnetKeeps, to: { !$0 })
        case .tempFailureTTL:
            if value.value(0).isNil {
                state.pointee.temporaryFailureTTL = QueryState.noTTL
            } else if let ttl = number(in: 0...Int64(UInt32.max - 1)) {
                state.pointee.temporaryFailureTTL = UInt32(ttl)
            }
        case .rcode:
            // The header's four bits.
            if let code = number(in: 0...15), let header = query.pointee.header {
                var flags = header.flags
                flags.responseCode = ResponseCode(rawValue: UInt16(code))
                header.setFlags(flags)
            }
        case .pool: setPool()
        case .ecsPrefixLength:
            let isV4 = query.pointee.remoteAddressIsV4
            if let bits = number(in: 0...(isV4 ? 32 : 128)) {
                if isV4 {
                    state.pointee.clientSubnetBitsV4 = UInt8(bits)
                } else {
                    state.pointee.clientSubnetBitsV6 = UInt8(bits)
                }
            }
        case .len, .size:
            writer.raise("setting \(name) is not supported yet")
        case .qname, .qtype, .qclass, .localaddr, .remoteaddr, .opcode, .tcp, .dh:
            writer.raise("\(name) cannot be changed")
        }

        func setFlag(_ flag: QueryState.Flags, to change: (Bool) -> Bool) {
            guard let isOn = value.boolean(0) else {
                return writer.raise("\(name) must be true or false, not \(value.value(0).words)")
            }
            if change(isOn) {
                state.pointee.flags.insert(flag)
            } else {
                state.pointee.flags.remove(flag)
            }
        }
        func number(in range: ClosedRange<Int64>) -> Int64? {
            if let number = value.value(0).asInteger, range.contains(Int64(number)) {
                return Int64(number)
            }
            writer.raise(
                "\(name) must be a number from \(range.lowerBound) to \(range.upperBound),"
                    + " not \(value.value(0).words)")
            return nil
        }
        func setPool() {
            guard let bytes = value.bytes(0) else {
                return writer.raise("\(name) must be text, not \(value.value(0).words)")
            }
            guard let pool = query.pointee.view.pointee.pool(named: UnsafeRawBufferPointer(bytes))
            else {
                let text = String(decoding: bytes, as: UTF8.self)
                return writer.raise("\(name): there is no pool '\(text)'")
            }
            state.pointee.pool = Int32(pool)
        }
    }
}

extension PolicyQuery {
    var remoteAddressIsV4: Bool {
        IPAddress(rawSocketAddress: remoteAddress)?.family == .v4
    }
}
