// SPDX-License-Identifier: Apache-2.0

/// Cuts a TCP stream into messages, however the network cut it into reads (RFC 4271 §4.1).
///
///     +----------------+---------+------+- - - - -
///     | marker 16 x FF | length  | type | body
///     +----------------+---------+------+- - - - -
///       0            15  16   17    18    19
public struct MessageFramer {
    /// Marker, length and type.
    public static let headerBytes = 19
    /// RFC 4271 §4; RFC 8654 raises it only for peers that both offered it.
    public static let messageBytesMax = 4096
    /// RFC 8654 §4: all that the length's two octets can say.
    public static let extendedMessageBytesMax = 65_535

    /// One message without its header.
    public struct Frame: Hashable, Sendable {
        public let type: MessageType
        public let body: [UInt8]

        public init(type: MessageType, body: [UInt8]) {
            self.type = type
            self.body = body
        }
    }

    private var buffer: [UInt8] = []
    private var start = 0
    /// What the peer may send; ``extendedMessageBytesMax`` once both sides offered that.
    public var bytesMax = MessageFramer.messageBytesMax

    public init() {}

    /// Octets received and not yet handed out.
    public var bufferedBytes: Int { buffer.count - start }

    public mutating func append(_ bytes: some Sequence<UInt8>) {
        // What was consumed is dropped only here, once a read, so that many messages in one read
        // do not move the rest of it many times.
        buffer.removeFirst(start)
        start = 0
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message, `nil` while it is incomplete.
    ///
    /// A bad header throws as soon as the header is there, without waiting for the body it
    /// promises; the stream is lost then and every later call throws again.
    public mutating func next() throws(BGPWireError) -> Frame? {
        guard bufferedBytes >= Self.headerBytes else { return nil }
        let header = buffer[start..<start + Self.headerBytes]
        guard header.prefix(16).allSatisfy({ $0 == 0xff }) else {
            throw BGPWireError.markerNotAllOnes
        }
        let length = UInt16(buffer[start + 16]) << 8 | UInt16(buffer[start + 17])
        guard (Self.headerBytes...bytesMax).contains(Int(length)) else {
            throw BGPWireError.messageLength(length)
        }
        guard let type = MessageType(rawValue: buffer[start + 18]) else {
            throw BGPWireError.messageType(buffer[start + 18])
        }
        guard type.lengthBounds(most: bytesMax).contains(Int(length)) else {
            throw BGPWireError.messageLength(length)
        }
        guard bufferedBytes >= Int(length) else { return nil }
        let body = Array(buffer[start + Self.headerBytes..<start + Int(length)])
        start += Int(length)
        return Frame(type: type, body: body)
    }

    /// A header for `type` and then `body`.
    public static func frame(_ type: MessageType, _ body: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xff, count: 16)
        bytes.reserveCapacity(headerBytes + body.count)
        bytes.append(bigEndian: UInt16(headerBytes + body.count))
        bytes.append(type.rawValue)
        bytes.append(contentsOf: body)
        return bytes
    }
}
