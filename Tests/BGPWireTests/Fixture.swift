// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Glibc
import Testing

/// One message of a fixture file: `#` comment, `@` context, hex, then `=` what it reads as or `!`
/// what is wrong with it.
struct Fixture: Sendable, CustomTestStringConvertible {
    var file: String
    var comment = ""
    var isInternal = false
    var isFourOctetAS = true
    /// Messages may be longer than 4096 octets.
    var isExtended = false
    var families: [AddressFamily]?
    var bytes: [UInt8] = []
    var expected = ""
    var isError = false

    var testDescription: String { "\(file): \(comment)" }

    static let all: [Fixture] = [
        "header", "keepalive", "notification", "open", "route-refresh", "update",
        "update-hostile",
    ].flatMap(load)

    var framer: MessageFramer {
        var framer = MessageFramer()
        if isExtended { framer.bytesMax = MessageFramer.extendedMessageBytesMax }
        return framer
    }

    var context: UpdateContext {
        UpdateContext(isFourOctetAS: isFourOctetAS, isInternal: isInternal, families: families)
    }

    private static func load(_ name: String) -> [Fixture] {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let text = read("/\(folder)/Fixtures/\(name).txt")
        var found: [Fixture] = []
        var current = Fixture(file: name)
        for line in text.split(separator: "\n") {
            switch line.first {
            case "#": current.comment = String(line.dropFirst(2))
            case "@":
                current.isInternal = line.contains("internal")
                current.isFourOctetAS = !line.contains("2-octet")
                current.isExtended = line.contains("extended")
                current.families = line.contains("ipv6-only") ? [.ipv6Unicast] : nil
            case "=", "!":
                current.isError = line.first == "!"
                current.expected = String(line.dropFirst(2))
                found.append(current)
                current = Fixture(file: name)
            default:
                // `00 * 300`: as often.
                let parts = line.split(separator: "*")
                let count = parts.count > 1 ? Int(parts[1].drop { $0 == " " }) ?? 1 : 1
                for _ in 0..<count { current.bytes += hex(parts[0]) }
            }
        }
        return found
    }

    private static func hex(_ line: Substring) -> [UInt8] {
        let digits = line.compactMap(\.hexDigitValue)
        precondition(digits.count.isMultiple(of: 2), "an odd number of digits in: \(line)")
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    private static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { preconditionFailure("no fixture \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let octet = getc(file), octet != EOF { bytes.append(UInt8(octet)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
