// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The data of a record: typed where a check would look at it, raw otherwise.
public enum RecordData: Hashable, Sendable {
    /// A or AAAA.
    case address(IPAddress)
    /// NS, CNAME, PTR or DNAME.
    case name(DNSName)
    case startOfAuthority(StartOfAuthority)
    /// MX.
    case mailExchange(preference: UInt16, exchange: DNSName)
    case text([[UInt8]])
    /// SRV (RFC 2782).
    case service(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
    /// CAA (RFC 8659).
    case certificationAuthority(flags: UInt8, tag: [UInt8], value: [UInt8])
    /// SVCB or HTTPS (RFC 9460).
    case serviceBinding(ServiceBinding)
    case raw([UInt8])

    /// The fields of an SOA (RFC 1035 §3.3.13); intervals in seconds.
    public struct StartOfAuthority: Hashable, Sendable {
        public var primary: DNSName
        public var mailbox: DNSName
        public var serial: UInt32
        public var refreshSeconds: UInt32
        public var retrySeconds: UInt32
        public var expireSeconds: UInt32
        public var minimumSeconds: UInt32

        public init(
            primary: DNSName, mailbox: DNSName, serial: UInt32, refreshSeconds: UInt32,
            retrySeconds: UInt32, expireSeconds: UInt32, minimumSeconds: UInt32
        ) {
            self.primary = primary
            self.mailbox = mailbox
            self.serial = serial
            self.refreshSeconds = refreshSeconds
            self.retrySeconds = retrySeconds
            self.expireSeconds = expireSeconds
            self.minimumSeconds = minimumSeconds
        }
    }
}

extension RecordData: CustomStringConvertible {
    /// As in a zone file; raw data as RFC 3597 §5 writes it.
    public var description: String {
        switch self {
        case .address(let address): "\(address)"
        case .name(let name): "\(name)"
        case .startOfAuthority(let soa):
            "\(soa.primary) \(soa.mailbox) \(soa.serial) \(soa.refreshSeconds) "
                + "\(soa.retrySeconds) \(soa.expireSeconds) \(soa.minimumSeconds)"
        case .mailExchange(let preference, let exchange): "\(preference) \(exchange)"
        case .text(let strings): strings.map(PresentationText.quoted).joined(separator: " ")
        case .service(let priority, let weight, let port, let target):
            "\(priority) \(weight) \(port) \(target)"
        case .certificationAuthority(let flags, let tag, let value):
            "\(flags) \(PresentationText.escaped(tag, special: "\"\\")) "
                + PresentationText.quoted(value)
        case .serviceBinding(let binding): "\(binding)"
        case .raw(let octets):
            "\\# \(octets.count)"
                + (octets.isEmpty ? "" : " " + PresentationText.hexadecimal(octets))
        }
    }
}

extension RecordData {
    /// Reads the RDATA of a record: exactly what `reader` may see.
    init(
        type: DNSType, class: DNSClass, from reader: inout MessageReader
    ) throws(DNSMessageError) {
        switch type {
        // The addresses of other classes have other formats (RFC 1035 §3.4).
        case .a where `class` == .internet, .aaaa where `class` == .internet:
            let octets = try reader.octets(type == .a ? 4 : 16)
            guard let address = IPAddress(bytes: octets) else {
                throw .badRecordData(type, offset: reader.offset)
            }
            self = .address(address)
        case .ns, .cname, .ptr, .dname: self = .name(try reader.name())
        case .soa: self = .startOfAuthority(try StartOfAuthority(from: &reader))
        case .mx:
            self = .mailExchange(preference: try reader.word(), exchange: try reader.name())
        case .txt:
            var strings: [[UInt8]] = []
            repeat { strings.append(try reader.characterString()) } while reader.remaining > 0
            self = .text(strings)
        case .srv:
            self = .service(
                priority: try reader.word(), weight: try reader.word(), port: try reader.word(),
                target: try reader.name())
        case .caa:
            self = .certificationAuthority(
                flags: try reader.octet(), tag: try reader.characterString(),
                value: try reader.octets(reader.remaining))
        case .svcb, .https: self = .serviceBinding(try ServiceBinding(from: &reader))
        default: self = .raw(try reader.octets(reader.remaining))
        }
    }
}

extension RecordData.StartOfAuthority {
    init(from reader: inout MessageReader) throws(DNSMessageError) {
        primary = try reader.name()
        mailbox = try reader.name()
        serial = try reader.longWord()
        refreshSeconds = try reader.longWord()
        retrySeconds = try reader.longWord()
        expireSeconds = try reader.longWord()
        minimumSeconds = try reader.longWord()
    }
}
