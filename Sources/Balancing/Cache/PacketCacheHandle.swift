// SPDX-License-Identifier: Apache-2.0
//
// The packet cache: answers of servers, kept for their TTL and given to whoever asks the same. All plane
// threads share it. It is cut into shards, each behind a lock that is only ever tried: a thread that
// finds one taken goes on as if the answer were not there (dnsdist's "deferred" lookups and inserts).
// A hit copies the answer over the query, which is one copy and nothing allocated.

import DNSWire
import Glibc
import Synchronization

/// A cache as every layer holds it: a pointer to its memory, free to copy.
///
/// It may be used while its ``PacketCache`` lives: on the plane, while a snapshot is held whose pools
/// name it.
public struct PacketCacheHandle: Equatable, @unchecked Sendable {
    // Unchecked: constants, atomics, and shards behind their locks.
    let storage: UnsafeMutablePointer<CacheStorage>

    public static func == (left: PacketCacheHandle, right: PacketCacheHandle) -> Bool {
        left.storage == right.storage
    }

    /// Never given twice in a process.
    public var id: UInt32 { storage.pointee.id }

    /// Entries at most.
    public var entriesMax: Int { storage.pointee.settings.entriesMax }

    /// Octets of the longest answer that it keeps.
    var answerBytesMax: Int { storage.pointee.settings.answerBytesMax }

    func skips(option code: UInt16) -> Bool { storage.pointee.settings.skips(option: code) }

    func hash(question: UnsafeRawBufferPointer, tail: UnsafeRawBufferPointer) -> UInt64 {
        storage.pointee.hash(question: question, tail: tail)
    }

    func shard(_ hash: UInt64) -> UnsafeMutablePointer<CacheShard> {
        storage.pointee.shard(Int(truncatingIfNeeded: hash >> 48) & storage.pointee.shardMask)
    }

    func count(_ counter: CacheCounter, _ amount: Int = 1, thread: Int) {
        let slot = storage.pointee.counters + (thread &* CacheCounter.stride &+ counter.rawValue)
        // Each thread is the only writer of its own.
        slot.pointee.store(
            slot.pointee.load(ordering: .relaxed) &+ UInt64(truncatingIfNeeded: amount),
            ordering: .relaxed)
    }

    /// The sum over all threads.
    public func total(_ counter: CacheCounter) -> UInt64 {
        (0..<storage.pointee.planeThreads).reduce(0) {
            let slot = storage.pointee.counters + ($1 * CacheCounter.stride + counter.rawValue)
            return $0 &+ slot.pointee.load(ordering: .relaxed)
        }
    }
}

// MARK: - Looking up

extension PacketCacheHandle {
    /// Puts the answer to a query in the query's place, and returns its length; 0 when there is none.
    ///
    /// The query's identifier and its name's case stay. TTLs are what is left of them.
    ///
    /// - Parameters:
    ///   - question: where the query's lies in `buffer`, behind the header.
    ///   - buffer: the query at its start, and as much memory as there is.
    ///   - now: the monotonic clock, in microseconds.
    ///   - staleSeconds: how long beyond its time an entry may be; 0 unless no server is up.
    ///   - thread: the calling plane thread.
    public func lookUp(
        _ ticket: UnsafePointer<CacheTicket>, question: UnsafeRawBufferPointer,
        in buffer: UnsafeMutableRawBufferPointer, now: UInt64, staleSeconds: UInt32, thread: Int
    ) -> Int {
        let shard = shard(ticket.pointee.hash)
        guard shard.pointee.tryRead() else {
            count(.deferredLookups, thread: thread)
            return 0
        }
        defer { shard.pointee.endRead() }
        var entry = shard.pointee.first(ticket.pointee.hash)
        while let candidate = entry {
            entry = candidate.pointee.next
            guard candidate.pointee.hash == ticket.pointee.hash else { continue }
            guard ticket.pointee.withTail({ candidate.matches(question: question, tail: $0) })
            else {
                count(.lookupCollisions, thread: thread)
                continue
            }
            let isStale = candidate.pointee.validUntilMicroseconds <= now
            let reach =
                candidate.pointee.validUntilMicroseconds &+ UInt64(staleSeconds) &* 1_000_000
            guard !isStale || now < reach, candidate.answer.count <= buffer.count else { break }
            if !candidate.pointee.wasHit.load(ordering: .relaxed) {
                candidate.pointee.wasHit.store(true, ordering: .relaxed)
            }
            copy(candidate, over: buffer, nameBytes: question.count - 4)
            age(candidate, in: buffer, now: now, isStale: isStale)
            count(.hits, thread: thread)
            if isStale { count(.staleHits, thread: thread) }
            return candidate.answer.count
        }
        count(.misses, thread: thread)
        return 0
    }

    private func copy(
        _ entry: CacheShard.Entry, over buffer: UnsafeMutableRawBufferPointer, nameBytes: Int
    ) {
        let answer = entry.answer
        guard let source = answer.baseAddress, let target = buffer.baseAddress else { return }
        let header = DNSMessageView.headerBytes
        (target + 2).copyMemory(from: source + 2, byteCount: header - 2)
        // The name is the same but for its case, and the client wants its own back.
        let start = header + (entry.pointee.answerHasQuestion ? nameBytes : 0)
        (target + start).copyMemory(from: source + start, byteCount: answer.count - start)
    }

    private func age(
        _ entry: CacheShard.Entry, in buffer: UnsafeMutableRawBufferPointer, now: UInt64,
        isStale: Bool
    ) {
        guard storage.pointee.settings.ages else { return }
        let elapsed = now &- min(now, entry.pointee.addedMicroseconds)
        let seconds = UInt32(clamping: elapsed / 1_000_000)
        guard isStale || seconds > 0 else { return }
        for index in 0..<Int(entry.pointee.ttlCount) {
            let offset = entry.ttlOffset(index)
            let old = UInt32(
                bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let new = isStale ? storage.pointee.settings.staleTTL : old &- min(old, seconds)
            buffer.storeBytes(of: new.bigEndian, toByteOffset: offset, as: UInt32.self)
        }
    }
}

// MARK: - Keeping

extension PacketCacheHandle {
    /// Keeps an answer, if it may be kept and nobody else is in its shard.
    ///
    /// - Parameters:
    ///   - question: the query's: name, type and class.
    ///   - answer: accepted as the answer to that question.
    ///   - now: the monotonic clock, in microseconds.
    ///   - temporaryFailureTTL: what a rule said for this query, seconds; else the cache's own.
    ///   - thread: the calling plane thread.
    public func insert(
        _ ticket: UnsafePointer<CacheTicket>, question: UnsafeRawBufferPointer,
        answer: UnsafeRawBufferPointer, now: UInt64, temporaryFailureTTL: UInt32?, thread: Int
    ) {
        guard answer.count <= storage.pointee.settings.answerBytesMax,
            let message = DNSMessageView(answer), message.questionCount <= 1, question.count > 4,
            message.questionCount == 0
                || message.question?.endOffset == DNSMessageView.headerBytes + question.count
        else { return }
        let records = CacheSettings.recordsMax(message)
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: records + 1) { ttls in
            var ttlCount = 0
            let lifetime = storage.pointee.settings.lifetime(
                of: message, temporaryFailureTTL: temporaryFailureTTL, ttls: ttls,
                ttlCount: &ttlCount)
            switch lifetime {
            case .refused: return
            case .tooShort: count(.ttlTooShorts, thread: thread)
            case .keep(let seconds):
                let entry = ticket.pointee.withTail {
                    CacheEntry.make(
                        hash: ticket.pointee.hash, tail: $0, question: question, answer: message,
                        ttls: UnsafeRawBufferPointer(
                            UnsafeBufferPointer(rebasing: ttls[..<ttlCount])),
                        addedMicroseconds: now,
                        validUntilMicroseconds: now &+ UInt64(seconds) &* 1_000_000)
                }
                guard let entry else { return count(.refusals, thread: thread) }
                if !removeSkippedOptions(entry)
                    || !insert(entry, ticket, question, now: now, thread: thread)
                {
                    CacheEntry.free(entry)
                }
            }
        }
    }

    /// Takes out of an entry the options that no two queries need to share, such as cookies: what they
    /// say in an answer was meant for one client (RFC 7873 §5.2.3). False when they cannot be taken out.
    private func removeSkippedOptions(_ entry: CacheShard.Entry) -> Bool {
        guard let edns = DNSMessageView(entry.answer)?.edns, !edns.optionsRange.isEmpty else {
            return true
        }
        for code in storage.pointee.settings.skippedOptions where entry.has(option: code) {
            let answer = UnsafeMutableRawBufferPointer(mutating: entry.answer)
            entry.pointee.answerBytes = UInt16(
                truncatingIfNeeded: OptionEditor.remove(code, from: answer, length: answer.count))
            // An OPT that is not the last record, or a signed answer.
            if entry.has(option: code) { return false }
        }
        return true
    }

    /// False when the entry was not taken.
    private func insert(
        _ entry: CacheShard.Entry, _ ticket: UnsafePointer<CacheTicket>,
        _ question: UnsafeRawBufferPointer, now: UInt64, thread: Int
    ) -> Bool {
        let shard = shard(ticket.pointee.hash)
        guard shard.pointee.tryWrite() else {
            count(.deferredInserts, thread: thread)
            return false
        }
        defer { shard.pointee.endWrite() }
        var other = shard.pointee.first(ticket.pointee.hash)
        while let known = other {
            other = known.pointee.next
            guard known.pointee.hash == ticket.pointee.hash else { continue }
            let isSame = ticket.pointee.withTail { known.matches(question: question, tail: $0) }
            // As with dnsdist, what lives is not overwritten by another query's answer, nor by one
            // that would end sooner.
            if known.pointee.validUntilMicroseconds > now {
                if !isSame {
                    count(.insertCollisions, thread: thread)
                    return false
                }
                if known.pointee.validUntilMicroseconds >= entry.pointee.validUntilMicroseconds {
                    return false
                }
            }
            shard.pointee.remove(known)
        }
        var evicted = 0
        let hasRoom = shard.pointee.makeRoom(
            isExpired: { $0.pointee.validUntilMicroseconds <= now }, evicted: &evicted)
        if evicted > 0 { count(.evictions, evicted, thread: thread) }
        guard hasRoom, shard.pointee.insert(entry) else {
            count(.refusals, thread: thread)
            return false
        }
        count(.inserts, thread: thread)
        return true
    }
}
