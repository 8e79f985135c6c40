// SPDX-License-Identifier: Apache-2.0
//
// Who answered: `id.server` and its siblings in class CH (RFC 4892), and the NSID option (RFC 5001).
// Rules come first, so they can refuse either or answer otherwise. The option goes from one host to the
// next and no further (RFC 5001 §2.1): a server is not asked for its own, a cache keeps none, and what
// the client gets is ours.

public import Balancing
import DNSWire
import Declarations

extension Pipeline {
    /// Answers a query of class CH that asks who we are; `nil` for any other.
    mutating func answerIdentity(_ view: UnsafePointer<PlaneView>) -> QueryDecision? {
        guard let message = query.pointee.message, message.opcode == .query else { return nil }
        switch view.pointee.identity.answer(to: UnsafeRawBufferPointer(query.pointee.name)) {
        case .none: return nil
        case .refused: return answer(.refused)
        case .text(let octets):
            var options = SpoofOptions()
            options.aa = true
            options.ttl = 0
            let type = query.pointee.queryType
            // TXT and ANY have the record, other types nothing.
            guard type == DNSType.txt.rawValue || type == DNSType.any.rawValue else {
                return answer(.noError, options: options)
            }
            return answer(
                SpoofedAnswer(
                    kind: .records(anyType: DNSType.txt.rawValue), octets: octets,
                    options: options))
        }
    }

    /// Notes that the client asks for NSID, and what it can receive.
    mutating func noteNSID(_ message: DNSMessageView) {
        guard let edns = message.edns,
            OptionEditor.value(of: IdentityView.nsidOption, in: message) != nil
        else { return }
        state.pointee.flags.insert(.wantsNSID)
        state.pointee.payloadBytes = max(edns.payloadBytes, Self.plainPayloadBytes)
    }

    /// Takes the client's NSID option out of a query that goes further.
    mutating func removeNSID() {
        let length = OptionEditor.remove(
            IdentityView.nsidOption, from: query.pointee.buffer,
            length: Int(query.pointee.packetLength))
        query.pointee.packetLength = Int32(truncatingIfNeeded: length)
    }

    /// Puts our NSID into an answer to a client that wants it, and returns the answer's new length.
    ///
    /// It stays as it is when it has no OPT, no room, or would be longer than the client can take over
    /// UDP: the option is not worth a second question.
    ///
    /// - Parameters:
    ///   - buffer: the answer at its start, and the room behind it.
    ///   - length: the answer's octets.
    public func addNSID(
        to buffer: UnsafeMutableRawBufferPointer, length: Int, state: QueryState, overTCP: Bool,
        view: UnsafePointer<PlaneView>
    ) -> Int {
        let nsid = view.pointee.identity.nsid
        let limit = overTCP ? 0xffff : Int(state.payloadBytes)
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, limit)])
        guard !nsid.isEmpty, length <= room.count,
            let message = DNSMessageView(UnsafeRawBufferPointer(rebasing: room[..<length])),
            message.edns != nil,
            let change = OptionEditor.set(
                IdentityView.nsidOption, to: nsid, in: room, length: length,
                payloadBytes: LocalAnswer.payloadBytes)
        else { return length }
        return change.length
    }
}
