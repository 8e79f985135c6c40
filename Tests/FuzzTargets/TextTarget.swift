// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Declarations

/// Names, addresses, prefixes and communities as people write them.
enum TextTarget {
    @Sendable static func run(_ bytes: [UInt8]) throws(FuzzFault) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let name = try? DNSName(text) {
            try hold(DNSName(wire: name.wire)?.wire == name.wire, "\(name) is no name on the wire")
            try hold((try? DNSName("\(name)"))?.wire == name.wire, "\(name) reads as another")
            try hold(name.labelCount == name.labels.count, "\(name) has two label counts")
            try hold(name.isPartOf(.root) && name.isPartOf(name), "\(name) is outside")
            try hold(name.parent.map(name.isPartOf) ?? true, "\(name) is outside its parent")
            try hold(!(name < name) && name == name, "\(name) is before itself")
        }
        if let address = IPAddress(text) {
            try hold(IPAddress("\(address)") == address, "\(address) reads as another")
            try hold(IPAddress(bytes: address.bytes) == address, "\(address) has other octets")
            try hold(
                address.bytes.indices.allSatisfy { address.octet($0) == address.bytes[$0] },
                "\(address) has two forms")
        }
        if let prefix = IPPrefix(text) {
            try hold(IPPrefix("\(prefix)") == prefix, "\(prefix) reads as another")
            try hold(prefix.contains(prefix.address), "\(prefix) is outside itself")
        }
        if let endpoint = Endpoint(text, defaultPort: 53) {
            let again = Endpoint("\(endpoint)", defaultPort: 1)
            try hold(again == endpoint, "\(endpoint) reads as \(again as Any)")
            let socketAddress = endpoint.socketAddress
            let kernel = Endpoint(socketAddress: socketAddress.storage)
            try hold(
                kernel?.address == endpoint.address && kernel?.port == endpoint.port,
                "\(endpoint) becomes \(kernel as Any) in the kernel")
        }
        if let community = Community(text) {
            try hold(Community("\(community)") == community, "\(community) reads as another")
        }
        if let community = LargeCommunity(text) {
            try hold(LargeCommunity("\(community)") == community, "\(community) reads as another")
        }
    }
}
