// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations

extension BlockGroup: CustomStringConvertible {
    /// What `toString` shows: a line for each rule, then whom they spare.
    var description: String {
        var lines = rules.rules.map(\.text)
        if let suffixRule {
            lines.append(
                "names by the function at \(suffixRule.visitor.location), for"
                    + " \(suffixRule.blockSeconds) s, over \(suffixRule.seconds) s,"
                    + " reason '\(suffixRule.reason)'")
        }
        if lines.isEmpty { lines.append("no rules") }
        let masks = rules.masks
        if masks != BlockMasks() {
            lines.append(
                "clients by /\(masks.lengthV4) and /\(masks.lengthV6)"
                    + (masks.portBits > 0 ? ", \(masks.portBits) bits of the port" : ""))
        }
        let ranges = excludedRanges.entries.map { ($0.matches ? "" : "!") + "\($0.prefix)" }
        if !ranges.isEmpty { lines.append("excluded: \(ranges.joined(separator: ", "))") }
        let names = excludedNames.suffixes.compactMap { DNSName(wire: $0)?.description }
        if !names.isEmpty { lines.append("excluded: \(names.sorted().joined(separator: ", "))") }
        return lines.map { $0 + "\n" }.joined()
    }
}
