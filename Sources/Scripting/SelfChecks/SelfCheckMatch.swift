// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Declarations

/// Whether rules apply to a check's query; `nil` where that depends on more than is known of it.
struct SelfCheckMatch {
    let query: SelfCheck.Query
    let question: DNSQuestion
    let source: IPAddress

    func matches(_ selector: Selector) -> Bool? {
        switch selector {
        case .all: true
        case .queryType(let type): question.type.rawValue == type
        case .queryClass(let number): question.class.rawValue == number
        case .opcode(let opcode): opcode == 0
        case .queryName(let name): name == wireName
        case .queryNames(let names): names.contains(wireName)
        case .suffixes(let names): isBelow(names)
        case .overTCP(let overTCP): overTCP == query.overTCP
        case .source(let prefixes): prefixes.contains { $0.contains(source) }
        case .destination(let prefixes): prefixes.contains { $0.contains(query.server.address) }
        case .destinationPort(let port): port == query.server.port
        case .and(let parts): all(parts)
        case .or(let parts): all(parts.map { .not($0) }).map { !$0 }
        case .not(let part): matches(part).map { !$0 }
        default: nil
        }
    }

    /// False as soon as one is, whatever is not known of the others.
    private func all(_ parts: [Selector]) -> Bool? {
        let answers = parts.map(matches)
        if answers.contains(false) { return false }
        return answers.contains(nil) ? nil : true
    }

    private var wireName: WireName { question.name.wire.map { CaseFolding.fold($0) } }

    private func isBelow(_ names: Set<WireName>) -> Bool {
        var rest = wireName[...]
        while let length = rest.first {
            if names.contains(Array(rest)) { return true }
            guard length > 0 else { return false }
            rest = rest.dropFirst(Int(length) + 1)
        }
        return false
    }
}
