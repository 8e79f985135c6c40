// SPDX-License-Identifier: Apache-2.0

/// The data of an SVCB or HTTPS record (RFC 9460 §2.2).
public struct ServiceBinding: Hashable, Sendable {
    /// 0 is an alias.
    public var priority: UInt16
    public var target: DNSName
    /// Keys and their undecoded values, in the order of the record.
    public var parameters: [Parameter]

    public struct Parameter: Hashable, Sendable {
        public var key: UInt16
        public var value: [UInt8]
    }

    /// RFC 9460 §14.3.2, with RFC 9461's and RFC 9540's.
    private static let keyNames = [
        "mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath",
        "ohttp",
    ]

    static func keyName(_ key: UInt16) -> String {
        keyNames.indices.contains(Int(key)) ? keyNames[Int(key)] : "key\(key)"
    }

    init(from reader: inout MessageReader) throws(DNSMessageError) {
        priority = try reader.word()
        target = try reader.name()
        parameters = []
        while reader.remaining > 0 {
            let key = try reader.word()
            parameters.append(
                Parameter(key: key, value: try reader.octets(Int(try reader.word()))))
        }
    }
}

extension ServiceBinding: CustomStringConvertible {
    public var description: String {
        (["\(priority)", "\(target)"] + parameters.map(\.description)).joined(separator: " ")
    }
}

extension ServiceBinding.Parameter: CustomStringConvertible {
    /// `alpn="h2,h3"`, `port=8443`; a value that does not fit its key is written as octets.
    public var description: String {
        let name = ServiceBinding.keyName(key)
        guard !value.isEmpty else { return name }
        return "\(name)=" + (typedText ?? PresentationText.quoted(value))
    }

    private var typedText: String? {
        switch key {
        case 0: words.map { $0.map(ServiceBinding.keyName).joined(separator: ",") }
        case 1:
            protocolNames.map { names in
                let escaped = names.map { PresentationText.escaped($0, special: "\"\\,") }
                return "\"\(escaped.joined(separator: ","))\""
            }
        case 3: words.flatMap { $0.count == 1 ? "\($0[0])" : nil }
        case 4: addresses(octets: 4)?.joined(separator: ",")
        case 5: PresentationText.base64(value)
        case 6: addresses(octets: 16)?.joined(separator: ",")
        default: nil
        }
    }
}
