// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// Reads the path attributes of `announce`, of its `whenDown` and of a rule's result.
struct AttributeReader {
    static let keys = [
        "nextHop", "med", "localPreference", "origin", "asPathPrepend", "communities",
        "largeCommunities", "extendedCommunities",
    ]

    /// A path longer than this is dropped by common filters (and says nothing more than 10 does).
    private static let prepends = 0...50
    private static let metrics = 0...Int(UInt32.max)

    let call: String
    let keys: KeyReader

    /// Changes what the table gives and leaves the rest.
    func read(into attributes: inout RouteAttributes) throws(ArgumentError) {
        if let text = try keys.text("nextHop") {
            attributes.nextHop =
                text == "self"
                ? .self : .address(try AddressText.address(text, call: call, name: "nextHop"))
        }
        if let med = try keys.integer("med", in: Self.metrics) { attributes.med = UInt32(med) }
        if let preference = try keys.integer("localPreference", in: Self.metrics) {
            attributes.localPreference = UInt32(preference)
        }
        switch try keys.word("origin", of: ["igp", "egp", "incomplete"]) {
        case "igp": attributes.origin = .igp
        case "egp": attributes.origin = .egp
        case "incomplete": attributes.origin = .incomplete
        default: break
        }
        attributes.asPathPrepend =
            try keys.integer("asPathPrepend", in: Self.prepends) ?? attributes.asPathPrepend
        try readCommunities(into: &attributes)
    }

    private func readCommunities(
        into attributes: inout RouteAttributes
    ) throws(ArgumentError) {
        if let texts = try keys.texts("communities") {
            attributes.communities = try parse(
                texts, "communities", "65000:1 or no-export"
            ) { Community($0) }
        }
        if let texts = try keys.texts("largeCommunities") {
            attributes.largeCommunities = try parse(
                texts, "largeCommunities", "4200000000:1:2"
            ) { LargeCommunity($0) }
        }
        if let texts = try keys.texts("extendedCommunities") {
            attributes.extendedCommunities = try parse(
                texts, "extendedCommunities", "rt:65000:1, ro:65000:1 or 0x0002fde800000001"
            ) { ExtendedCommunityText.parse($0) }
        }
    }

    private func parse<Value: Hashable & Comparable>(
        _ texts: [String], _ key: String, _ example: String, _ read: (String) -> Value?
    ) throws(ArgumentError) -> [Value] {
        var values: Set<Value> = []
        for text in texts {
            guard let value = read(text) else {
                throw ArgumentError("\(call): \(key): '\(text)' is not like \(example)")
            }
            values.insert(value)
        }
        return values.sorted()
    }
}
