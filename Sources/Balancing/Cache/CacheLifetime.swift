// SPDX-License-Identifier: Apache-2.0
//
// How long an answer is kept: dnsdist's rules, with RFC 2308's for negative answers. The least TTL of
// all records counts, but for the OPT's, which is none; a negative answer's SOA counts with its MINIMUM
// too (RFC 2308 §5), which dnsdist leaves to the server.

import DNSWire

/// What a cache decides about an answer.
enum CacheLifetime: Equatable {
    case keep(seconds: UInt32)
    /// Below `minTTL`, or 0.
    case tooShort
    /// Without a TTL to go by, broken, or of a kind that is not kept.
    case refused
}

extension CacheSettings {
    /// Records of an answer at most: each takes 11 octets or more.
    static func recordsMax(_ answer: DNSMessageView) -> Int { answer.bytes.count / 11 }

    /// Decides, and notes where the TTLs lie.
    ///
    /// - Parameters:
    ///   - ttls: room for ``recordsMax(_:)`` offsets.
    ///   - ttlCount: how many were noted.
    ///   - temporaryFailureTTL: a rule's word for this query, seconds.
    func lifetime(
        of answer: DNSMessageView, temporaryFailureTTL override: UInt32?,
        ttls: UnsafeMutableBufferPointer<UInt16>, ttlCount: inout Int
    ) -> CacheLifetime {
        guard var cursor = RecordCursor(answer) else { return .refused }
        var least: UInt32?
        var hasAuthoritySOA = false
        let isNameError = answer.responseCode == .nameError
        while let record = cursor.next() {
            guard !record.isPseudo else { continue }
            guard ttlCount < ttls.count else { return .refused }
            ttls[ttlCount] = UInt16(truncatingIfNeeded: record.ttlOffset)
            ttlCount += 1
            var seconds = Self.longWord(answer.bytes, at: record.ttlOffset)
            if record.type == 6, record.section == 2 {
                hasAuthoritySOA = true
                // MINIMUM is the last of the SOA's five numbers (RFC 1035 §3.3.13).
                if isNameError || answer.answerCount == 0, record.data.count >= 20 {
                    let minimum = Self.longWord(answer.bytes, at: record.data.upperBound - 4)
                    seconds = min(seconds, minimum)
                }
            }
            least = min(least ?? seconds, seconds)
        }
        guard !cursor.isBroken else { return .refused }
        if answer.responseCode == .serverFailure || answer.responseCode == .refused {
            let seconds = override ?? temporaryFailureTTL
            return seconds > 0 ? .keep(seconds: seconds) : .refused
        }
        if answer.isTruncated {
            guard truncatedTTL > 0 else { return .refused }
            least = min(least ?? truncatedTTL, truncatedTTL)
        }
        guard var seconds = least else { return .refused }
        if isNameError || hasAuthoritySOA && answer.responseCode == .noError {
            seconds = min(seconds, maxNegativeTTL)
        }
        seconds = min(seconds, maxTTL)
        return seconds == 0 || seconds < minTTL ? .tooShort : .keep(seconds: seconds)
    }

    private static func longWord(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
