// SPDX-License-Identifier: Apache-2.0

import Addressing

extension RecordData {
    /// The RDATA, names uncompressed.
    var encoded: [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .address(let address): writer.bytes = address.bytes
        case .name(let name): writer.bytes = name.wire
        case .startOfAuthority(let soa):
            writer.bytes = soa.primary.wire + soa.mailbox.wire
            for word in [
                soa.serial, soa.refreshSeconds, soa.retrySeconds, soa.expireSeconds,
                soa.minimumSeconds,
            ] { writer.append(word) }
        case .mailExchange(let preference, let exchange):
            writer.append(preference)
            writer.bytes += exchange.wire
        case .text(let strings): strings.forEach { writer.appendString($0) }
        case .service(let priority, let weight, let port, let target):
            for word in [priority, weight, port] { writer.append(word) }
            writer.bytes += target.wire
        case .certificationAuthority(let flags, let tag, let value):
            writer.bytes.append(flags)
            writer.appendString(tag)
            writer.bytes += value
        case .serviceBinding(let binding):
            writer.append(binding.priority)
            writer.bytes += binding.target.wire
            for parameter in binding.parameters {
                writer.append(parameter.key)
                writer.appendCounted(parameter.value)
            }
        case .raw(let octets): writer.bytes = octets
        }
        return writer.bytes
    }
}
