// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// What a rule's results mean (DESIGN §3.2).
enum RuleVerdict {
    static func result(
        of results: [LuaValue], merging announcement: AnnouncementDeclaration,
        from rule: SourceLocation
    ) -> RuleResult {
        func failed(_ message: String) -> RuleResult {
            .failed(ScriptFault(message: message, location: rule))
        }
        switch results.first ?? .nil {
        case .boolean(true): return .announce(announcement.attributes)
        case .boolean(false): return .withdraw(detail: results.dropFirst().first?.asText ?? "")
        case .table(let table):
            do throws(ArgumentError) {
                let keys = try KeyReader(
                    call: "the rule's result", table: table, known: AttributeReader.keys)
                var attributes = announcement.attributes
                try AttributeReader(call: "the rule's result", keys: keys).read(into: &attributes)
                return .announce(attributes)
            } catch {
                return failed(error.description)
            }
        case .nil:
            return failed("the rule returned nil; it must return true, false or attributes")
        case let other:
            return failed(
                "the rule returned \(other.words); it must return true, false or attributes")
        }
    }
}
