// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A message of `Tests/BGPWireTests/Fixtures`, for a peer that says it to a running speaker.
struct HostileFixture: Sendable {
    var comment = ""
    var context = ""
    var bytes: [UInt8] = []
    var meaning = ""
    var isError = false

    enum Circumstances: String {
        /// 4-octet numbers, external, 4096 octets.
        case usual = ""
        case extended
    }

    /// Those of one file that belong to a session of these circumstances.
    static func all(
        _ name: String, _ circumstances: Circumstances = .usual
    ) throws -> [HostileFixture] {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        var found: [HostileFixture] = []
        var current = HostileFixture()
        for line in try lines("/\(folder)/BGPWireTests/Fixtures/\(name).txt") {
            switch line.first {
            case "#": current.comment = String(line.dropFirst(2))
            case "@": current.context = String(line.dropFirst(2))
            case "=", "!":
                current.isError = line.first == "!"
                current.meaning = String(line.dropFirst(2))
                if current.context == circumstances.rawValue { found.append(current) }
                current = HostileFixture()
            default:
                let parts = line.split(separator: "*")
                let count = parts.count > 1 ? Int(parts[1].drop { $0 == " " }) ?? 1 : 1
                let digits = parts[0].compactMap(\.hexDigitValue)
                let octets = stride(from: 0, to: digits.count, by: 2).map {
                    UInt8(digits[$0] << 4 | digits[$0 + 1])
                }
                for _ in 0..<count { current.bytes += octets }
            }
        }
        return found
    }

    private static func lines(_ path: String) throws -> [Substring] {
        guard let file = fopen(path, "r") else {
            throw ScriptedPeer.Failure(what: "no fixture \(path)")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let octet = getc(file), octet != EOF { bytes.append(UInt8(octet)) }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
