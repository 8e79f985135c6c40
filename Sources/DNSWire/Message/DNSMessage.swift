// SPDX-License-Identifier: Apache-2.0

/// A whole message, decoded and owned: what a check reads. The data plane uses ``DNSMessageView``.
public struct DNSMessage: Hashable, Sendable {
    public var id: UInt16
    public var flags: DNSFlags
    /// The header's four bits and the OPT record's eight.
    public var responseCode: ResponseCode
    public var questions: [DNSQuestion]
    public var answers: [DNSRecord]
    public var authority: [DNSRecord]
    /// Without the OPT record.
    public var additional: [DNSRecord]
    public var edns: EDNS?

    /// Decodes all sections; what follows the last record is ignored.
    ///
    /// Work and memory are bounded by the message: a record takes at least 11 of its octets.
    public init(decoding bytes: [UInt8]) throws(DNSMessageError) {
        var reader = MessageReader(bytes)
        id = try reader.word()
        flags = DNSFlags(rawValue: try reader.word())
        let questionCount = try reader.word()
        let answerCount = try reader.word()
        let authorityCount = try reader.word()
        let additionalCount = try reader.word()
        responseCode = flags.responseCode
        questions = []
        for _ in 0..<questionCount {
            questions.append(
                DNSQuestion(
                    name: try reader.name(), type: DNSType(rawValue: try reader.word()),
                    class: DNSClass(rawValue: try reader.word())))
        }
        answers = try Self.records(answerCount, from: &reader)
        authority = try Self.records(authorityCount, from: &reader)
        additional = try Self.records(additionalCount, from: &reader)
        takeOPT()
    }

    private static func records(
        _ count: UInt16, from reader: inout MessageReader
    ) throws(DNSMessageError) -> [DNSRecord] {
        var records: [DNSRecord] = []
        for _ in 0..<count { records.append(try DNSRecord(from: &reader)) }
        return records
    }

    /// Moves the OPT record, a pseudo-record, out of the additional section.
    private mutating func takeOPT() {
        guard let index = additional.firstIndex(where: { $0.type == .opt }),
            case .raw(let options) = additional[index].data
        else { return }
        let record = additional.remove(at: index)
        let fields = record.timeToLiveSeconds
        responseCode = ResponseCode(
            rawValue: flags.responseCode.rawValue | UInt16(fields >> 24) << 4)
        edns = EDNS(
            payloadBytes: record.class.rawValue,
            version: UInt8(truncatingIfNeeded: fields >> 16), dnssecOK: fields & 0x8000 != 0,
            options: options)
    }
}

extension DNSRecord {
    init(from reader: inout MessageReader) throws(DNSMessageError) {
        name = try reader.name()
        let type = DNSType(rawValue: try reader.word())
        let recordClass = DNSClass(rawValue: try reader.word())
        let lifetime = try reader.longWord()
        self.type = type
        self.class = recordClass
        // An OPT has flags there.
        timeToLiveSeconds = type == .opt || lifetime >> 31 == 0 ? lifetime : 0
        let length = Int(try reader.word())
        let start = reader.offset
        data = try reader.within(length) { (inner) throws(DNSMessageError) in
            do {
                let data = try RecordData(type: type, class: recordClass, from: &inner)
                guard inner.remaining == 0 else {
                    throw DNSMessageError.badRecordData(type, offset: start)
                }
                return data
            } catch {
                throw .badRecordData(type, offset: start)
            }
        }
    }
}
