// SPDX-License-Identifier: Apache-2.0

extension OpenMessage {
    /// Decodes a body; checks its form only. What a session asks of the values is the state
    /// machine's to check.
    public init(body: [UInt8]) throws(BGPWireError) {
        var reader = ByteReader(body[...])
        guard let version = reader.octet() else {
            throw BGPWireError.openTruncated("no version")
        }
        guard version == 4 else { throw BGPWireError.openVersion(version) }
        guard let number = reader.uint16(), let hold = reader.uint16(),
            let identifier = reader.uint32(), let length = reader.octet()
        else { throw BGPWireError.openTruncated("it ends inside the fixed part") }
        self.init(
            autonomousSystem: UInt32(number), holdTimeSeconds: hold, identifier: identifier,
            capabilities: [])

        var isExtended = false
        var parametersLength = Int(length)
        if length != 0, reader.rest.first == 255 {
            // RFC 9072 §2: the marker is the type octet; the one-octet length SHOULD be 255.
            isExtended = true
            guard reader.octet() != nil, let long = reader.uint16() else {
                throw BGPWireError.openTruncated("it ends inside the extended length")
            }
            parametersLength = Int(long)
        }
        guard parametersLength == reader.count else {
            throw BGPWireError.openTruncated(
                "parameters of \(parametersLength) octets, \(reader.count) are there")
        }
        while let type = reader.octet() {
            let size = isExtended ? reader.uint16().map(Int.init) : reader.octet().map(Int.init)
            guard let size, let value = reader.bytes(size) else {
                throw BGPWireError.openTruncated("parameter \(type) runs past the end")
            }
            guard type == 2 else { throw BGPWireError.openParameter(type) }
            capabilities += try Self.capabilities(in: value)
        }
    }

    /// Capabilities as a parameter, and a NOTIFICATION's data, holds them.
    static func capabilities(
        in value: ArraySlice<UInt8>
    ) throws(BGPWireError) -> [Capability] {
        var reader = ByteReader(value)
        var found: [Capability] = []
        while let code = reader.octet() {
            guard let size = reader.octet(), let octets = reader.bytes(Int(size)) else {
                throw BGPWireError.openTruncated("capability \(code) runs past its parameter")
            }
            found.append(Capability(code: code, value: octets))
        }
        return found
    }
}
