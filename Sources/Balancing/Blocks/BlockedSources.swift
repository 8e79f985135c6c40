// SPDX-License-Identifier: Apache-2.0
//
// An open-addressed table of networks. A lookup tries each shape (family, length, port bits) that
// some block has, the narrowest first: nearly always there are one or two. The hash has a key of this
// process, so that nobody can choose addresses that meet in one place.

import Addressing
import Synchronization

/// Blocked networks by address; owned by ``CompiledBlocks``.
struct BlockedSources {
    private struct Shape: Hashable {
        let family: IPAddress.Family
        let length: UInt8
        let portBits: UInt8
    }

    private struct Entry {
        var high: UInt64
        var low: UInt64
        /// `nil` in an empty entry.
        var state: UnsafeMutablePointer<BlockState>?
        var port: UInt16
        var shape: UInt16
    }

    private static let key = (
        UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)
    )

    private let shapes: UnsafeMutableBufferPointer<Shape>
    private let entries: UnsafeMutablePointer<Entry>
    private let mask: Int
    private let key: (UInt64, UInt64)

    /// Allocates; the owner calls ``deallocate()``.
    init(_ blocks: [(source: BlockedSource, state: UnsafeMutablePointer<BlockState>)]) {
        key = Self.key
        let sorted = Set(blocks.map { Self.shape($0.source) }).sorted {
            // More ports, then more address: narrower.
            ($0.length, $0.portBits) > ($1.length, $1.portBits)
        }
        shapes = .allocate(capacity: sorted.count)
        _ = shapes.initialize(from: sorted)
        var size = 2
        while size < blocks.count * 2 { size *= 2 }
        mask = size - 1
        entries = .allocate(capacity: size)
        entries.initialize(
            repeating: Entry(high: 0, low: 0, state: nil, port: 0, shape: 0), count: size)
        let indexes = Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices))
        for (source, state) in blocks {
            let address = source.network.address
            let shape = UInt16(indexes[Self.shape(source)] ?? 0)
            var place = place(address, source.port, shape)
            while entries[place].state != nil { place = (place &+ 1) & mask }
            entries[place] = Entry(
                high: address.high, low: address.low, state: state, port: source.port,
                shape: shape)
        }
    }

    func deallocate() {
        shapes.deallocate()
        entries.deallocate()
    }

    private static func shape(_ source: BlockedSource) -> Shape {
        Shape(
            family: source.network.address.family, length: source.network.length,
            portBits: source.portBits)
    }

    private func place(_ address: IPAddress, _ port: UInt16, _ shape: UInt16) -> Int {
        let first = SelectionGenerator.mix(address.high &+ key.0)
        let second = SelectionGenerator.mix(first ^ (address.low &+ key.1))
        let third = second &+ (UInt64(port) << 16 | UInt64(shape)) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: SelectionGenerator.mix(third)) & mask
    }

    /// - Parameter client: a `sockaddr_in` or `sockaddr_in6`.
    func find(
        _ client: UnsafeRawPointer, _ now: UInt64
    ) -> UnsafeMutablePointer<BlockState>? {
        guard !shapes.isEmpty, let address = IPAddress(rawSocketAddress: client)?.unmapped else {
            return nil
        }
        // The port follows the family in both forms (netinet/in.h).
        let port = UInt16(bigEndian: client.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        for index in shapes.indices where shapes[index].family == address.family {
            let shape = shapes[index]
            // The length is one of this family.
            let network = IPPrefix(masking: address, length: Int(shape.length))!.address
            let state = find(
                network, BlockedSource.masked(port, shape.portBits), UInt16(index))
            if let state, now < state.pointee.untilMicroseconds.load(ordering: .relaxed) {
                return state
            }
        }
        return nil
    }

    private func find(
        _ network: IPAddress, _ port: UInt16, _ shape: UInt16
    ) -> UnsafeMutablePointer<BlockState>? {
        var place = place(network, port, shape)
        while let state = entries[place].state {
            let entry = entries[place]
            if entry.high == network.high, entry.low == network.low, entry.port == port,
                entry.shape == shape
            {
                return state
            }
            place = (place &+ 1) & mask
        }
        return nil
    }
}
