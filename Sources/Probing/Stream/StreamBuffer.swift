// SPDX-License-Identifier: Apache-2.0

/// What a connection has received and nobody has read yet. Bounded; pure.
struct StreamBuffer {
    enum Outcome: Equatable {
        case bytes([UInt8])
        case needsMore
        /// The peer has closed and nothing is left.
        case end
        case tooLong
    }

    private var octets: ArraySlice<UInt8> = []
    private(set) var hasOverflowed = false
    private let bytesMax: Int

    init(bytesMax: Int = ReadAmount.bytesMax) { self.bytesMax = bytesMax }

    /// Keeps what fits; what does not is dropped, and remembered as an overflow.
    mutating func append(_ new: some Collection<UInt8>) {
        let room = bytesMax - octets.count
        octets += new.prefix(room)
        if new.count > room { hasOverflowed = true }
    }

    /// Takes what was asked for; once the peer `hasEnded`, what there is.
    mutating func take(_ amount: ReadAmount, hasEnded: Bool) -> Outcome {
        switch amount {
        case .count(let count):
            guard count <= bytesMax else { return .tooLong }
            if octets.count >= count { return .bytes(remove(count)) }
        case .line:
            if let feed = octets.firstIndex(of: UInt8(ascii: "\n")) {
                var line = remove(feed - octets.startIndex)
                octets = octets.dropFirst()
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return .bytes(line)
            }
            if octets.count >= bytesMax { return .tooLong }
        case .all: break
        }
        if hasOverflowed { return .tooLong }
        guard hasEnded else { return .needsMore }
        return octets.isEmpty ? .end : .bytes(remove(octets.count))
    }

    private mutating func remove(_ count: Int) -> [UInt8] {
        defer { octets = octets.dropFirst(count) }
        return Array(octets.prefix(count))
    }
}
