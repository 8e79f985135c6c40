// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Reads what `newPacketCache` is given: dnsdist's options as a table, or its older list of them.
struct PacketCacheReader {
    /// Options with an effect here, by dnsdist's names.
    static let keys = [
        "maxTTL", "minTTL", "temporaryFailureTTL", "staleTTL", "maxNegativeTTL", "truncatedTTL",
        "dontAge", "keepStaleData", "parseECS", "maximumEntrySize", "cookieHashing", "skipOptions",
    ]
    /// Known to dnsdist, and why they change nothing here.
    static let keysWithoutEffect = [
        "numberOfShards": "the number is ours",
        "deferrableInsertLock": "no thread ever waits for the cache",
        "payloadRanks": "queries of other payload sizes are other queries",
        "shuffle": "records are given in the server's order",
    ]
    /// The order of the list, after the number of entries.
    private static let positions = [
        "maxTTL", "minTTL", "temporaryFailureTTL", "staleTTL", "dontAge", "numberOfShards",
        "deferrableInsertLock", "maxNegativeTTL", "parseECS",
    ]
    private static let entries = 1...(1 << 26)
    private static let seconds = 0...Int(Int32.max)
    private static let answerBytes = 12...65_535
    private static let cookie: UInt16 = 10

    let evaluation: Evaluation
    let location: SourceLocation

    func read(_ arguments: Arguments) throws(ArgumentError) -> PacketCacheDeclaration {
        var cache = PacketCacheDeclaration(
            entriesMax: try arguments.integer(0, "maxEntries", in: Self.entries),
            location: location)
        let keys = KeyReader(call: arguments.call, table: try options(arguments))
        let known = Self.keys + Self.keysWithoutEffect.keys
        for line in keys.strangers(known) { evaluation.warn(line, at: location) }
        for (key, reason) in Self.keysWithoutEffect.sorted(by: { $0.key < $1.key })
        where keys.has(key) && arguments[1].asTable != nil {
            evaluation.warnOnce("newPacketCache: \(key)", because: reason, at: location)
        }
        try readTimes(keys, into: &cache)
        cache.dontAge = try keys.boolean("dontAge") ?? cache.dontAge
        cache.keepsStaleData = try keys.boolean("keepStaleData") ?? cache.keepsStaleData
        cache.parsesClientSubnet = try keys.boolean("parseECS") ?? cache.parsesClientSubnet
        cache.entryBytesMax =
            try keys.integer("maximumEntrySize", in: Self.answerBytes) ?? cache.entryBytesMax
        if try keys.boolean("cookieHashing") == true { cache.skippedOptions.remove(Self.cookie) }
        cache.skippedOptions.formUnion(try skippedOptions(keys))
        guard cache.minTTL <= cache.maxTTL else {
            throw ArgumentError(
                "\(arguments.call): minTTL (\(cache.minTTL)) is above maxTTL (\(cache.maxTTL));"
                    + " nothing would be kept")
        }
        return cache
    }

    /// The table, or one made of the list.
    private func options(_ arguments: Arguments) throws(ArgumentError) -> LuaTable {
        if let table = arguments[1].asTable { return table }
        var table = LuaTable()
        for (index, key) in Self.positions.enumerated() where !arguments[index + 1].isNil {
            table[key] = arguments[index + 1]
        }
        guard arguments.count <= Self.positions.count + 1 else {
            throw ArgumentError(
                "\(arguments.call): \(arguments.count) arguments, of which there are at most"
                    + " \(Self.positions.count + 1); give the options as a table")
        }
        return table
    }

    private func readTimes(
        _ keys: KeyReader, into cache: inout PacketCacheDeclaration
    ) throws(ArgumentError) {
        func seconds(_ key: String, _ old: UInt32) throws(ArgumentError) -> UInt32 {
            UInt32(try keys.integer(key, in: Self.seconds) ?? Int(old))
        }
        cache.maxTTL = try seconds("maxTTL", cache.maxTTL)
        cache.minTTL = try seconds("minTTL", cache.minTTL)
        cache.temporaryFailureTTL = try seconds("temporaryFailureTTL", cache.temporaryFailureTTL)
        cache.staleTTL = try seconds("staleTTL", cache.staleTTL)
        cache.maxNegativeTTL = try seconds("maxNegativeTTL", cache.maxNegativeTTL)
        cache.truncatedTTL = try seconds("truncatedTTL", cache.truncatedTTL)
    }

    private func skippedOptions(_ keys: KeyReader) throws(ArgumentError) -> Set<UInt16> {
        guard keys.has("skipOptions") else { return [] }
        guard case .table(let list) = keys["skipOptions"], list.fields.isEmpty else {
            throw keys.wrong("skipOptions", "a list of EDNS option codes")
        }
        var codes: Set<UInt16> = []
        for value in list.array {
            guard let number = value.asInteger, let code = UInt16(exactly: number) else {
                throw ArgumentError(
                    "\(keys.call): skipOptions must hold EDNS option codes from 0 to 65535, not"
                        + " \(value.words)")
            }
            codes.insert(code)
        }
        return codes
    }
}
