// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations

extension Pipeline {
    /// Answers with what a script's action said beside its number. `nil`, and the query goes on to
    /// its pool, when that is nothing for its type or no answer at all, as with dnsdist.
    mutating func answerText(_ action: ScriptAction) -> QueryDecision? {
        let text = query.pointee.scriptText
        switch action {
        case .spoof: return answerAddressesOrName(String(decoding: text, as: UTF8.self))
        case .spoofRaw:
            let records = text.split(separator: UInt8(ascii: ",")).map { Array($0) }
            return answer(records, .records(anyType: nil))
        case .spoofPacket: return answerPacket(text)
        default: return nil
        }
    }

    private mutating func answerAddressesOrName(_ text: String) -> QueryDecision? {
        let words = text.split { $0 == " " || $0 == "," }
        let addresses = words.compactMap { IPAddress(String($0)) }
        if words.count == 1, addresses.isEmpty {
            guard let name = try? DNSName(text) else { return nil }
            return answer(name.wire, .alias)
        }
        let layout = SpoofedAnswer.layout(addresses)
        return answer(layout.octets, layout.kind)
    }

    private mutating func answer(
        _ records: [[UInt8]], _ kind: SpoofedAnswer.Kind
    ) -> QueryDecision? {
        records.isEmpty ? nil : answer(SpoofedAnswer.layout(records), kind)
    }

    private mutating func answer(
        _ octets: [UInt8], _ kind: SpoofedAnswer.Kind
    ) -> QueryDecision? {
        octets.withUnsafeBytes { bytes in
            let spoofed = SpoofedAnswer(kind: kind, octets: bytes, options: SpoofOptions())
            return spoofed.answers(query.pointee.queryType) ? answer(spoofed) : nil
        }
    }

    /// A whole message, whose identifier becomes the query's.
    private mutating func answerPacket(_ text: UnsafeBufferPointer<UInt8>) -> QueryDecision? {
        let buffer = query.pointee.buffer
        guard text.count >= DNSMessageView.headerBytes, text.count <= buffer.count else {
            return nil
        }
        buffer.copyMemory(from: UnsafeRawBufferPointer(text))
        query.pointee.header?.setID(identity.id)
        return finish(text.count)
    }
}
