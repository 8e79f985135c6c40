// SPDX-License-Identifier: Apache-2.0
//
// EDNS client subnet (RFC 7871), as in dnsdist: a server with `useClientSubnet` is told the client's
// network, in an option of the query's OPT or of one that we add; what we added leaves the answer again.
// It is put in before the cache is asked, so that what was meant for one network is not given to another,
// and taken out again when the policy names a server that is not to know.

import Addressing
public import Balancing
import DNSWire
import Declarations

extension Pipeline {
    private static let option: UInt16 = 8
    /// What an OPT of ours with a subnet takes at most: what a caller's buffer should have behind a query.
    public static let clientSubnetBytesMax = 11 + 4 + 4 + 16
    /// A client without EDNS takes no more over UDP (RFC 1035 §4.2.1).
    static let plainPayloadBytes: UInt16 = 512

    /// Tells the query's server which network the client is of.
    ///
    /// A signed query, a broken one and one without room behind it stay as they are.
    mutating func addClientSubnet(_ view: UnsafePointer<PlaneView>) {
        let flags = state.pointee.flags
        guard !flags.contains(.clientSubnetDisabled), let message = query.pointee.message else {
            return
        }
        let overrides =
            flags.contains(.clientSubnetOverrides)
            || view.pointee.clientSubnet.overrides && !flags.contains(.clientSubnetKeeps)
        if !overrides, OptionEditor.value(of: Self.option, in: message) != nil { return }
        guard let source = IPAddress(rawSocketAddress: query.pointee.remoteAddress) else { return }
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { value in
            let count = writeClientSubnet(source, view, into: value)
            guard
                let change = OptionEditor.set(
                    Self.option,
                    to: UnsafeRawBufferPointer(rebasing: value[..<count]),
                    in: query.pointee.buffer, length: Int(query.pointee.packetLength),
                    payloadBytes: Self.plainPayloadBytes)
            else { return }
            query.pointee.packetLength = Int32(truncatingIfNeeded: change.length)
            // A client that named a subnet itself knows what to do with one in the answer.
            if !change.replaced { state.pointee.flags.insert(.addedClientSubnet) }
            if change.addedOPT { state.pointee.flags.insert(.addedOPT) }
        }
    }

    /// Family, source prefix length, scope 0, and as many octets of the address as that takes (RFC 7871
    /// §6).
    private func writeClientSubnet(
        _ source: IPAddress, _ view: UnsafePointer<PlaneView>,
        into value: UnsafeMutableRawBufferPointer
    ) -> Int {
        if let networks = query.pointee.clientSubnetNetworks?.pointee {
            let network = source.family == .v4 ? networks.v4 : networks.v6
            return Self.write(network.address, bits: Int(network.length), into: value)
        }
        let isV4 = source.family == .v4
        let wanted = isV4 ? state.pointee.clientSubnetBitsV4 : state.pointee.clientSubnetBitsV6
        let settings = view.pointee.clientSubnet
        let bits = Int(
            wanted != QueryState.noPrefix ? wanted : isV4 ? settings.bitsV4 : settings.bitsV6)
        return Self.write(source, bits: bits, into: value)
    }

    private static func write(
        _ source: IPAddress, bits: Int, into value: UnsafeMutableRawBufferPointer
    ) -> Int {
        let isV4 = source.family == .v4
        let octets = min((bits + 7) / 8, isV4 ? 4 : 16)
        value[0] = 0
        value[1] = isV4 ? 1 : 2
        value[2] = UInt8(truncatingIfNeeded: bits)
        value[3] = 0
        for index in 0..<octets {
            let left = bits - index * 8
            let mask: UInt8 = left >= 8 ? 0xff : 0xff << UInt8(8 - left)
            value[4 + index] = source.octet(index) & mask
        }
        return 4 + octets
    }

    /// Takes what ``addClientSubnet(_:)`` put into the query out again: its server is not to know.
    mutating func withdrawClientSubnet() {
        let length = removeAdded(
            state.pointee.flags, from: query.pointee.buffer, length: Int(query.pointee.packetLength)
        )
        query.pointee.packetLength = Int32(truncatingIfNeeded: length)
        state.pointee.flags.subtract([.addedClientSubnet, .addedOPT])
    }

    /// Takes what we added to a query out of its answer, and returns the answer's new length.
    public func removeAdded(
        _ flags: QueryState.Flags, from answer: UnsafeMutableRawBufferPointer, length: Int
    ) -> Int {
        if flags.contains(.addedOPT) {
            return OptionEditor.removeOPT(from: answer, length: length)
        }
        guard flags.contains(.addedClientSubnet) else { return length }
        return OptionEditor.remove(Self.option, from: answer, length: length)
    }
}
