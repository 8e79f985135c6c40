// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Glibc
import LuaRuntime

/// `newPacketCache`, its objects' methods, and what concerns all caches.
///
/// While the file is read a cache holds nothing yet: its methods can be called and find it empty. In a
/// plane's VM they find it empty, too: only control's objects lead to the running caches.
extension Evaluation {
    private static let entryCounts = 0...(1 << 26)
    private static let staleSeconds = 0...604_800

    func definePacketCacheNames() throws(LuaError) {
        try declare("newPacketCache") { [unowned self] (arguments, call) throws(ArgumentError) in
            let reader = PacketCacheReader(evaluation: self, location: location(of: call))
            configuration.caches.append(try reader.read(arguments))
            return [ObjectKind.packetCache.handle(configuration.caches.count - 1)]
        }
        try declare("setStaleCacheEntriesTTL") {
            [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.staleCacheEntriesTTL = UInt32(
                try arguments.integer(0, "seconds", in: Self.staleSeconds))
            return []
        }
        for name in ["setCacheCleaningDelay", "setCacheCleaningPercentage"] {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(
                    name, because: "a part of each cache is swept every second",
                    at: location(of: call))
                return []
            }
        }
        try defineKind(
            .packetCache,
            methods: cacheReaders().merging(cacheChanges()) { reader, _ in reader })
    }

    /// What reads a cache.
    private func cacheReaders() -> [String: HostFunction] {
        func reader(_ name: String, _ read: @escaping (CacheFigures) -> [LuaValue]) -> HostFunction
        {
            cacheMethod(name) { [unowned self] (ordinal, _, _) in
                read(figures(ofCache: ordinal))
            }
        }
        return [
            "getEntriesCount": reader("getEntriesCount") { [.count($0.entries)] },
            "getSize": reader("getSize") { [.count($0.entries)] },
            "getMaxEntries": reader("getMaxEntries") { [.count($0.entriesMax)] },
            "isFull": reader("isFull") { [.boolean($0.entries >= $0.entriesMax)] },
            "toString": reader("toString") { [.text("\($0.entries)/\($0.entriesMax)")] },
            "getStats": reader("getStats") { figures in
                var table = LuaTable()
                for (key, value) in figures.pairs { table[key] = .count(value) }
                return [.table(table)]
            },
            "printStats": cacheMethod("printStats") { [unowned self] (ordinal, _, call) in
                let figures = figures(ofCache: ordinal)
                let words = figures.pairs.map { "\($0) \($1)" }.joined(separator: ", ")
                log(
                    ScriptLogLine(
                        priority: .info, text: "packet cache: \(words)",
                        location: location(of: call)))
                return []
            },
            "dump": cacheMethod("dump") { [unowned self] (_, _, call) in
                warnOnce("dump", because: "a cache is not written to files", at: location(of: call))
                return []
            },
        ]
    }

    /// What changes one, at any time.
    private func cacheChanges() -> [String: HostFunction] {
        [
            "expunge": cacheMethod("expunge") {
                [unowned self] (ordinal, arguments, _) throws(ArgumentError) in
                let keeping = try keptEntries(arguments)
                return [.count(runningCache(ordinal)?.expunge(keeping: keeping) ?? 0)]
            },
            "purgeExpired": cacheMethod("purgeExpired") {
                [unowned self] (ordinal, arguments, _) throws(ArgumentError) in
                let keeping = try keptEntries(arguments)
                let purged = runningCache(ordinal)?.purgeExpired(
                    keeping: keeping, now: Self.nowMicroseconds())
                return [.count(purged ?? 0)]
            },
            "expungeByName": cacheMethod("expungeByName") {
                [unowned self] (ordinal, arguments, _) throws(ArgumentError) in
                let name = try wireName(arguments[0], call: "expungeByName", name: "name")
                var type: UInt16?
                if !arguments[1].isNil {
                    type = try Self.queryType(
                        arguments[1], call: "expungeByName", name: "qtype")
                }
                // ANY, dnsdist's default, means every type.
                if type == 255 { type = nil }
                let matchesBelow =
                    arguments[2].isNil ? false : try arguments.boolean(2, "suffixMatch")
                let cache = runningCache(ordinal)
                return [
                    .count(
                        cache?.expunge(name: name, type: type, matchesBelow: matchesBelow) ?? 0)
                ]
            },
        ]
    }

    private func keptEntries(_ arguments: Arguments) throws(ArgumentError) -> Int {
        arguments[0].isNil ? 0 : try arguments.integer(0, "entries", in: Self.entryCounts)
    }

    private func cacheMethod(
        _ name: String,
        _ body: @escaping (Int, Arguments, HostCall) throws(ArgumentError) -> [LuaValue]
    ) -> HostFunction {
        { [unowned self] call in
            guard let receiver = call.receiver,
                receiver.kind == ObjectKind.packetCache.rawValue,
                configuration.caches.indices.contains(Int(receiver.id))
            else { return .raised("\(name): call it with a colon, cache:\(name)()") }
            return Self.run(
                name,
                { (arguments, call) throws(ArgumentError) in
                    try body(Int(receiver.id), arguments, call)
                }, &call)
        }
    }

    /// The clock that the plane goes by.
    static func nowMicroseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }

    private func runningCache(_ ordinal: Int) -> PacketCacheHandle? {
        caches.indices.contains(ordinal) ? caches[ordinal].handle : nil
    }

    private func figures(ofCache ordinal: Int) -> CacheFigures {
        runningCache(ordinal).map { CacheFigures($0) }
            ?? CacheFigures(entriesMax: configuration.caches[ordinal].entriesMax)
    }
}
