// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Selectors on what is asked and by whom: names, types, addresses, counts of records.
extension Evaluation {
    private static let labelCounts = 0...127
    private static let nameLengths = 0...255
    private static let recordCounts = 0...65_535

    func defineContentSelectorNames() throws(LuaError) {
        try defineNameSelectors()
        try defineExpressionSelectors()
        try defineAddressSelectors()
        try defineRecordSelectors()
    }

    private func defineNameSelectors() throws(LuaError) {
        try defineSelector("QNameRule") { [unowned self] (arguments) throws(ArgumentError) in
            .queryName(try wireName(arguments[0], call: arguments.call, name: "name"))
        }
        try defineSelector("QNameSetRule") { [unowned self] (arguments) throws(ArgumentError) in
            .queryNames(try suffixes(arguments[0], call: arguments.call, name: "set"))
        }
        for name in ["SuffixMatchNodeRule", "QNameSuffixRule"] {
            try defineSelector(name) { [unowned self] (arguments) throws(ArgumentError) in
                .suffixes(try suffixes(arguments[0], call: arguments.call, name: "suffixes"))
            }
        }
        try defineSelector("QNameLabelsCountRule") { (arguments) throws(ArgumentError) in
            .labelCountOutside(
                min: try arguments.integer(0, "min", in: Self.labelCounts),
                max: try arguments.integer(1, "max", in: 0...Int(Int32.max)))
        }
        try defineSelector("QNameWireLengthRule") { (arguments) throws(ArgumentError) in
            .nameLengthOutside(
                min: try arguments.integer(0, "min", in: Self.nameLengths),
                max: try arguments.integer(1, "max", in: 0...Int(Int32.max)))
        }
    }

    private func defineExpressionSelectors() throws(LuaError) {
        try defineSelector("RegexRule") { (arguments) throws(ArgumentError) in
            .regularExpression(
                try ExtendedExpression.checked(
                    try arguments.text(0, "expression"), call: arguments.call))
        }
        try define("RE2Rule") { [unowned self] (arguments, call) throws(ArgumentError) in
            let text = try arguments.text(0, "expression")
            try ExtendedExpression.refusePerl(text, call: arguments.call)
            let checked = try ExtendedExpression.checked(text, call: arguments.call)
            if warnedCalls.insert("RE2Rule").inserted {
                warn(
                    "RE2Rule: read as RegexRule does, as a POSIX extended expression",
                    at: location(of: call))
            }
            selectors.append(.regularExpression(checked))
            return [ObjectKind.selector.handle(selectors.count - 1)]
        }
    }

    private func defineAddressSelectors() throws(LuaError) {
        try defineSelector("NetmaskGroupRule") { [unowned self] (arguments) throws(ArgumentError) in
            let group = try prefixes(arguments, 0, "netmask group")
            let matchesSource = try arguments.boolean(1, "src", default: true)
            return matchesSource ? .source(group) : .destination(group)
        }
    }

    private func defineRecordSelectors() throws(LuaError) {
        try defineSelector("QTypeRule") { (arguments) throws(ArgumentError) in
            .queryType(try Self.queryType(arguments[0], call: arguments.call, name: "type"))
        }
        try defineSelector("QClassRule") { (arguments) throws(ArgumentError) in
            .queryClass(try Self.queryClass(arguments[0], call: arguments.call, name: "class"))
        }
        try defineSelector("RecordsCountRule") { (arguments) throws(ArgumentError) in
            .recordCount(
                section: UInt8(try arguments.integer(0, "section", in: 0...3)),
                try Self.recordRange(arguments, 1))
        }
        try defineSelector("RecordsTypeCountRule") { (arguments) throws(ArgumentError) in
            .recordTypeCount(
                section: UInt8(try arguments.integer(0, "section", in: 0...3)),
                type: try Self.queryType(arguments[1], call: arguments.call, name: "type"),
                try Self.recordRange(arguments, 2))
        }
    }

    private static func recordRange(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> ClosedRange<UInt16> {
        let least = try arguments.integer(index, "minCount", in: recordCounts)
        let most = try arguments.integer(index + 1, "maxCount", in: recordCounts)
        guard least <= most else {
            throw ArgumentError(
                "\(arguments.call): minCount \(least) is more than maxCount \(most)")
        }
        return UInt16(least)...UInt16(most)
    }
}
