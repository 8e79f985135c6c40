// SPDX-License-Identifier: Apache-2.0
//
// `MaxQPSIPRule`: a token bucket for each source network, for all plane threads at once. A bucket is
// kept as the time at which it will be full again (ServerHandle+QueryRate.swift says how), so that a
// source whose bucket is full is the same as one never heard of: its place is free, and nothing has to
// be swept. Sources lie in sets of eight by the hash of their network, as in a processor's cache; a
// set in which all eight are below full gives up the fullest, so that spoofed sources that send one
// query each do not push out one that floods.
//
// There is no lock. A place is three atomics; two threads that meet in one may lose a token, and a
// thread that loses the race for a place several times lets its query pass.

public import Addressing
public import Declarations
import Glibc
import Synchronization

/// The query rates of many sources, bounded in number; any thread may ask. Allocates at its start
/// only; whoever made it calls ``deallocate()`` once no thread asks any more.
public struct SourceRateTable: @unchecked Sendable {
    // Unchecked: constants, and a pointer to atomics.

    /// Sources at most, by default: 1.5 MiB once all are in use. A resolver of a million customers
    /// has fewer whose bucket is not full at one moment.
    public static let sourcesMaxDefault = 65_536
    public static let sourcesMaxLeast = 1_024
    public static let sourcesMaxMost = 16_777_216
    private static let setSources = 8
    /// Races lost in a row after which a query passes.
    private static let triesMax = 8

    /// Zero throughout while it is free.
    struct Place: ~Copyable {
        /// The network's hash, keyed and never 0: 64 bits tell eight sources apart.
        let source: Atomic<UInt64>
        let fullAtNanoseconds: Atomic<UInt64>
        let seenAtNanoseconds: Atomic<UInt64>
    }

    private let places: UnsafeMutablePointer<Place>
    private let setMask: Int
    private let lengthV4: Int
    private let lengthV6: Int
    private let intervalNanoseconds: UInt64
    /// What a bucket holds, as time: 0 when every query exceeds.
    private let depthNanoseconds: UInt64
    private let expirationNanoseconds: UInt64
    private let key = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// - Parameter sourcesMax: moved into its bounds and up to the next power of two.
    public init(_ limit: SourceQueryRateLimit, sourcesMax: Int = Self.sourcesMaxDefault) {
        let wanted = min(max(sourcesMax, Self.sourcesMaxLeast), Self.sourcesMaxMost)
        var count = Self.sourcesMaxLeast
        while count < wanted { count *= 2 }
        // Zeroed pages that nobody writes are not taken from the system.
        // Never nil: the size is bounded, and Linux promises memory before it has it; where it is told
        // not to, Swift's own allocations beside this one end the process, too.
        places = calloc(count, MemoryLayout<Place>.stride)!
            .bindMemory(to: Place.self, capacity: count)
        setMask = count / Self.setSources - 1
        lengthV4 = min(max(limit.lengthV4, 0), 32)
        lengthV6 = min(max(limit.lengthV6, 0), 128)
        let rate = UInt64(min(max(limit.rate.perSecond, 0), 1_000_000_000))
        let burst = UInt64(min(max(limit.rate.burst, 0), Int(Int32.max)))
        intervalNanoseconds = rate == 0 ? 0 : 1_000_000_000 / rate
        depthNanoseconds = intervalNanoseconds * burst
        expirationNanoseconds =
            UInt64(min(max(limit.expirationSeconds, 1), Int(Int32.max))) * 1_000_000_000
    }

    /// Frees the memory; atomics need no farewell.
    public func deallocate() { free(places) }

    /// Takes a token from the source's bucket; true when there was none.
    ///
    /// A query that exceeds takes nothing, as with dnsdist: a source that keeps flooding gets its rate.
    ///
    /// - Parameter nowMicroseconds: the monotonic clock.
    public func exceeds(_ source: IPAddress, nowMicroseconds: UInt64) -> Bool {
        guard depthNanoseconds > 0 else { return true }
        let hash = hash(of: source)
        let now = nowMicroseconds &* 1_000
        let set = places + (Int(truncatingIfNeeded: hash >> 32) & setMask) * Self.setSources
        for _ in 0..<Self.triesMax {
            guard let place = find(hash, set) else {
                if settle(hash, set, now) { return false }
                continue
            }
            if let exceeds = take(place, now) { return exceeds }
        }
        return false
    }

    /// Sources whose bucket is not full, which the table therefore must remember.
    public func sources(nowMicroseconds: UInt64) -> Int {
        let now = nowMicroseconds &* 1_000
        return (0..<(setMask + 1) * Self.setSources).count { !isFree(places + $0, now) }
    }
}

extension SourceRateTable {
    private func find(
        _ hash: UInt64, _ set: UnsafeMutablePointer<Place>
    ) -> UnsafeMutablePointer<Place>? {
        for index in 0..<Self.setSources
        where (set + index).pointee.source.load(ordering: .relaxed) == hash {
            return set + index
        }
        return nil
    }

    /// Whether the source exceeds; `nil` when another thread took a token meanwhile.
    private func take(_ place: UnsafeMutablePointer<Place>, _ now: UInt64) -> Bool? {
        let seen = place.pointee.fullAtNanoseconds.load(ordering: .relaxed)
        let silent = now &- min(now, place.pointee.seenAtNanoseconds.load(ordering: .relaxed))
        place.pointee.seenAtNanoseconds.store(now, ordering: .relaxed)
        let start = silent >= expirationNanoseconds ? now : max(seen, now)
        let next = start &+ intervalNanoseconds
        guard next <= now &+ depthNanoseconds else { return true }
        let (exchanged, _) = place.pointee.fullAtNanoseconds.compareExchange(
            expected: seen, desired: next, ordering: .relaxed)
        return exchanged ? false : nil
    }

    /// Gives a new source the freest place of its set, and takes its first token. False when another
    /// thread took that place.
    private func settle(
        _ hash: UInt64, _ set: UnsafeMutablePointer<Place>, _ now: UInt64
    ) -> Bool {
        var best = set
        var bestFullAt = UInt64.max
        for index in 0..<Self.setSources {
            let place = set + index
            if isFree(place, now) {
                best = place
                break
            }
            let fullAt = place.pointee.fullAtNanoseconds.load(ordering: .relaxed)
            if fullAt < bestFullAt {
                best = place
                bestFullAt = fullAt
            }
        }
        let old = best.pointee.source.load(ordering: .relaxed)
        let (exchanged, _) = best.pointee.source.compareExchange(
            expected: old, desired: hash, ordering: .relaxed)
        guard exchanged else { return false }
        best.pointee.seenAtNanoseconds.store(now, ordering: .relaxed)
        best.pointee.fullAtNanoseconds.store(now &+ intervalNanoseconds, ordering: .relaxed)
        return true
    }

    private func isFree(_ place: UnsafeMutablePointer<Place>, _ now: UInt64) -> Bool {
        place.pointee.fullAtNanoseconds.load(ordering: .relaxed) <= now
            || now &- min(now, place.pointee.seenAtNanoseconds.load(ordering: .relaxed))
                >= expirationNanoseconds
    }

    private func hash(of source: IPAddress) -> UInt64 {
        let address =
            source.isV4Mapped ? IPAddress(v4: source.v4Bits) : source
        let length = address.family == .v4 ? lengthV4 : lengthV6
        // The length is within the family's width.
        let network = IPPrefix(masking: address, length: length)!.address
        let first = SelectionGenerator.mix(network.high &+ key.0)
        let second = SelectionGenerator.mix(first ^ (network.low &+ key.1))
        return max(1, second ^ (address.family == .v4 ? 0 : key.0))
    }
}
