// SPDX-License-Identifier: Apache-2.0

/// Bends messages as liars and broken networks do. Equal generators bend equally.
public struct Mutator<Generator: RandomNumberGenerator> {
    public var generator: Generator

    public init(_ generator: Generator) {
        self.generator = generator
    }

    private mutating func below(_ bound: Int) -> Int {
        Int.random(in: 0..<max(1, bound), using: &generator)
    }

    /// One to four changes; `others` are what it may be spliced with.
    public mutating func bend(_ bytes: [UInt8], others: [[UInt8]] = []) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) {
            guard !bytes.isEmpty else {
                return (0..<below(40)).map { _ in .random(in: 0...255, using: &generator) }
            }
            change(&bytes, others)
        }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ others: [[UInt8]]) {
        let place = below(bytes.count)
        switch below(10) {
        case 0: bytes[place] = .random(in: 0...255, using: &generator)
        case 1: bytes[place] ^= 1 << UInt8(below(8))
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(4)))
        case 3: bytes.insert(contentsOf: [0xc0, UInt8(below(256))], at: place)
        case 4: bytes = Array(bytes[..<place])
        case 5:
            bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + below(30))], at: place)
        case 6:
            // A length or a count that lies.
            bytes[place] = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff][below(8)]
        case 7:
            if place + 1 < bytes.count { bytes[place...place + 1] = [0xff, UInt8(below(256))] }
        case 8:
            if let other = others.randomElement(using: &generator) {
                bytes = Array(bytes[..<place]) + other.suffix(below(other.count + 1))
            }
        default:
            // An OPT with an option, wherever it falls.
            let size = UInt8(below(5))
            bytes += [0, 0, 41, 4, 208, 0, 0, 128, 0, 0, 4 + size, 0, 8, 0, size]
            bytes += [UInt8](repeating: 1, count: Int(size))
            if bytes.count > 11 { bytes[11] &+= 1 }
        }
    }
}
