// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// Reads the path attributes of `announce`, of its `whenDown` and of a rule's result.
struct AttributeReader {
    static let keys = [
        "nextHop", "med", "localPreference", "origin", "asPath", "asPathPrepend",
        "atomicAggregate", "aggregator", "communities", "largeCommunities",
        "extendedCommunities", "otherAttributes",
    ]

    /// A path longer than this is dropped by common filters (and says nothing more than 10 does).
    private static let prepends = 0...50
    /// The same for one that is typed.
    private static let pathItemsMax = 100
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
        if let path = try path() { attributes.asPath = path }
        if let isAtomic = try keys.boolean("atomicAggregate") {
            attributes.isAtomicAggregate = isAtomic
        }
        if let text = try keys.text("aggregator") {
            guard let aggregator = RouteAggregator(text) else {
                throw ArgumentError(
                    "\(call): aggregator '\(text)' is not like 64500:192.0.2.1"
                        + " (an AS number and an IPv4 address)")
            }
            attributes.aggregator = aggregator
        }
        try readCommunities(into: &attributes)
        try readOthers(into: &attributes)
    }

    // MARK: The path

    private func path() throws(ArgumentError) -> [ASPathItem]? {
        guard keys.has("asPath") else { return nil }
        guard case .table(let list) = keys["asPath"], list.fields.isEmpty else {
            throw keys.wrong("asPath", "a list of AS numbers like {64500, 64501}")
        }
        guard list.array.count <= Self.pathItemsMax else {
            throw ArgumentError(
                "\(call): asPath has \(list.array.count) steps; \(Self.pathItemsMax) are the most")
        }
        var items: [ASPathItem] = []
        for value in list.array {
            guard case .table(let set) = value else {
                items.append(.number(try number(value)))
                continue
            }
            guard set.fields.isEmpty, (1...Self.pathItemsMax).contains(set.array.count) else {
                throw ArgumentError(
                    "\(call): asPath: a set must be a list of 1 to \(Self.pathItemsMax) AS numbers")
            }
            var numbers: [UInt32] = []
            for value in set.array { numbers.append(try number(value)) }
            items.append(.set(numbers))
        }
        return items
    }

    /// RFC 7607: 0 is nobody's.
    private func number(_ value: LuaValue) throws(ArgumentError) -> UInt32 {
        guard let whole = value.asInteger, let number = UInt32(exactly: whole), number != 0 else {
            throw ArgumentError(
                "\(call): asPath must hold AS numbers from 1 to \(UInt32.max), not \(value.words)")
        }
        return number
    }

    // MARK: The rest

    private func readOthers(into attributes: inout RouteAttributes) throws(ArgumentError) {
        guard let texts = try keys.texts("otherAttributes") else { return }
        let others = try parse(
            texts, "otherAttributes",
            "200:0a0b: a type without a key of its own, hexadecimal digits"
        ) { TypedAttribute($0) }
        for (one, next) in zip(others, others.dropFirst()) where one.type == next.type {
            throw ArgumentError("\(call): otherAttributes: type \(one.type) is there twice")
        }
        attributes.otherAttributes = others
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
                texts, "extendedCommunities",
                "rt:65000:1, ro:65000:1, bandwidth:65000:125000000 or 0x0002fde800000001"
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
