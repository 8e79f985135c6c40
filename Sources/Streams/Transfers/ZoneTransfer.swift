// SPDX-License-Identifier: Apache-2.0
//
// A zone transfer answers one query with many messages, and nothing in the last one says so: the end
// is where the zone's SOA record comes again. A full transfer (RFC 5936 §2.2) is SOA, records, SOA.
// An incremental one (RFC 1995 §4) begins with the new SOA; then either it is a full one, or, for
// each step, old SOA, deletions, newer SOA, additions, and at last the new SOA again: its third time.
// A lone SOA that is not newer than the client's ends at once: there is nothing to transfer.

import DNSWire

/// Finds the end of a zone transfer in its messages. Pure: octets in, one step out.
package struct ZoneTransfer {
    package enum Step: Equatable {
        case more, complete
        /// Not what a transfer looks like; whoever relays it should stop.
        case broken
    }

    private enum Style {
        case unknown, full, incremental
    }

    private static let soa: UInt16 = 6
    private static let ixfr: UInt16 = 251
    private static let axfr: UInt16 = 252

    /// The client's serial (IXFR), from the query's authority section.
    private let clientSerial: UInt32?
    private var style: Style
    private var records = 0
    private var serial: UInt32 = 0
    private var newestSeen = 0
    package private(set) var hasBegun = false

    /// `nil` for a query that asks for no transfer.
    package init?(query: UnsafeRawBufferPointer) {
        guard let message = DNSMessageView(query), let question = message.question else {
            return nil
        }
        switch question.type.rawValue {
        case Self.axfr:
            style = .full
            clientSerial = nil
        case Self.ixfr:
            style = .unknown
            var walk = RecordWalk(query, at: question.endOffset)
            let record = message.authorityCount > 0 ? walk.next() : nil
            clientSerial = record.flatMap { $0.type == Self.soa ? walk.serial(of: $0) : nil }
        default:
            return nil
        }
    }

    /// Takes the next message of the answer.
    package mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Step {
        guard let message = DNSMessageView(bytes) else { return .broken }
        let isFirst = !hasBegun
        hasBegun = true
        guard message.responseCode == .noError else { return .complete }
        var walk = RecordWalk(bytes, at: DNSMessageView.headerBytes)
        for _ in 0..<message.questionCount where !walk.skipQuestion() { return .broken }
        for _ in 0..<message.answerCount {
            guard let record = walk.next() else { return .broken }
            let step = take(record, walk)
            if step != .more { return step }
        }
        guard isFirst else { return .more }
        // No record at all, or one SOA that brings nothing new.
        if records == 0 { return .complete }
        if records == 1, style == .unknown, let clientSerial,
            Int32(bitPattern: serial &- clientSerial) <= 0
        {
            return .complete
        }
        return .more
    }

    private mutating func take(_ record: RecordWalk.Record, _ walk: RecordWalk) -> Step {
        records += 1
        let isSOA = record.type == Self.soa
        if records == 1 {
            guard isSOA, let first = walk.serial(of: record) else { return .broken }
            serial = first
            newestSeen = 1
            return .more
        }
        let found = isSOA ? walk.serial(of: record) : nil
        if isSOA, found == nil { return .broken }
        if style == .unknown {
            // The second record tells: the old SOA, or the zone's first one.
            style = found == nil || found == serial ? .full : .incremental
        }
        guard found == serial else { return .more }
        newestSeen += 1
        return newestSeen == (style == .incremental ? 3 : 2) ? .complete : .more
    }
}
