// SPDX-License-Identifier: Apache-2.0

import Declarations
import Glibc
import Testing

@testable import Balancing

/// Catches keys that are built otherwise than dnsdist's, and a store that serves an old file.
@Suite struct KeyValueStoreTests {
    /// A CDB file with these keys, as cdb(5) lays it out; the values are `v`.
    static func file(_ keys: [[UInt8]]) -> [UInt8] {
        func word(_ number: Int) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        func hash(_ key: [UInt8]) -> UInt32 {
            key.reduce(5_381) { ($0 << 5 &+ $0) ^ UInt32($1) }
        }
        var records: [UInt8] = []
        var tables = [[(hash: UInt32, position: Int)]](repeating: [], count: 256)
        for key in keys {
            tables[Int(hash(key) & 255)].append((hash(key), 2_048 + records.count))
            records += word(key.count) + word(1) + key + [0x76]
        }
        var head: [UInt8] = []
        var slots: [UInt8] = []
        for table in tables {
            let count = table.count * 2
            head += word(2_048 + records.count + slots.count) + word(count)
            var places = [(hash: UInt32, position: Int)?](repeating: nil, count: count)
            for entry in table {
                var place = Int(entry.hash >> 8) % count
                while places[place] != nil { place = (place + 1) % count }
                places[place] = entry
            }
            for place in places {
                slots += word(Int(place?.hash ?? 0)) + word(place?.position ?? 0)
            }
        }
        return head + records + slots
    }

    private final class Directory {
        let path: String

        init() {
            var template = Array("/tmp/pharos-cdb-XXXXXX".utf8CString)
            path = String(cString: mkdtemp(&template))
        }

        deinit {
            unlink("\(path)/store")
            rmdir(path)
        }

        /// Replaces the file as cdb(1) does: written beside, then renamed.
        func write(_ keys: [[UInt8]]) throws {
            let bytes = KeyValueStoreTests.file(keys)
            let descriptor = open("\(path)/new", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            try #require(descriptor >= 0 && Glibc.write(descriptor, bytes, bytes.count) > 0)
            close(descriptor)
            try #require(rename("\(path)/new", "\(path)/store") == 0)
        }
    }

    private func isFound(
        _ key: KeyValueLookupKey, in keys: [[UInt8]], _ query: TestQuery = TestQuery()
    ) throws -> Bool {
        let directory = Directory()
        try directory.write(keys)
        let fixture = try RuleFixture {
            $0.keyValueStores = [
                KeyValueStoreDeclaration(
                    path: "\(directory.path)/store", refreshSeconds: 1,
                    location: SourceLocation(file: "r.lua", line: 1))
            ]
            $0.rules = [
                RuleFixture.rule(.all, .setTag(name: "t", value: "tagged")),
                RuleFixture.rule(.keyValueStore(ordinal: 0, key), .drop),
            ]
        }
        return fixture.verdict(query) == "drop"
    }

    @Test func namesAreKeysInLowerCase() throws {
        let text = Array("www.example.org".utf8)
        let wire = BalancingFixture.wire("www.example.org")
        let upper = TestQuery(name: "WWW.example.ORG")
        #expect(try isFound(.queryName(isWire: false), in: [text], upper))
        #expect(try isFound(.queryName(isWire: true), in: [[1], wire], upper))
        #expect(try !isFound(.queryName(isWire: true), in: [text], upper))
        #expect(try isFound(.queryName(isWire: false), in: [Array(".".utf8)], TestQuery(name: "")))
    }

    @Test(arguments: [(0, true), (2, true), (3, false)])
    func suffixesAreTriedDownToTheLeastLabels(minLabels: Int, isFound expected: Bool) throws {
        let key = KeyValueLookupKey.suffixes(minLabels: minLabels, isWire: false)
        #expect(try isFound(key, in: [Array("example.org".utf8)]) == expected)
        let root = TestQuery(name: "")
        #expect(try !isFound(key, in: [[], [0x2e]], root))
    }

    @Test func sourcesAreKeysAsOctetsOfTheirNetwork() throws {
        func key(_ v4: Int, _ v6: Int, _ port: Bool = false) -> KeyValueLookupKey {
            .sourceAddress(lengthV4: v4, lengthV6: v6, includesPort: port)
        }
        #expect(try isFound(key(32, 128), in: [[192, 0, 2, 1]]))
        #expect(try isFound(key(24, 128), in: [[192, 0, 2, 0]]))
        #expect(try isFound(key(23, 128), in: [[192, 0, 2, 0]], TestQuery(from: "192.0.3.9")))
        #expect(try isFound(key(32, 128, true), in: [[192, 0, 2, 1, 0x0f, 0xa0]]))
        let six: [UInt8] = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 12)
        #expect(try isFound(key(32, 64), in: [six], TestQuery(from: "2001:db8::9")))
        #expect(try !isFound(key(32, 128), in: [six], TestQuery(from: "2001:db8::9")))
    }

    @Test func tagsAreKeys() throws {
        #expect(try isFound(.tag("t"), in: [Array("tagged".utf8)]))
        #expect(try !isFound(.tag("other"), in: [Array("tagged".utf8)]))
    }

    @Test func manyKeysAreAllFoundAndOthersAreNot() throws {
        let keys = (0..<5_000).map { Array("host\($0).test".utf8) }
        let directory = Directory()
        try directory.write(keys)
        let store = KeyValueStore(
            KeyValueStoreDeclaration(
                path: "\(directory.path)/store", refreshSeconds: 1,
                location: SourceLocation(file: "r.lua", line: 1)), planeThreads: 1, nowSeconds: 0)
        func isIn(_ key: [UInt8]) -> Bool {
            store.forRules.withFile(thread: 0) { file in
                key.withUnsafeBytes { file.contains($0) }
            }
        }
        #expect(keys.allSatisfy(isIn))
        #expect(!(5_000..<9_000).contains { isIn(Array("host\($0).test".utf8)) })
    }

    @Test func aChangedFileIsReadAgainWhenItsTimeHasCome() throws {
        let directory = Directory()
        let declaration = KeyValueStoreDeclaration(
            path: "\(directory.path)/store", refreshSeconds: 10,
            location: SourceLocation(file: "r.lua", line: 1))
        let store = KeyValueStore(declaration, planeThreads: 1, nowSeconds: 0)
        func isIn(_ key: [UInt8]) -> Bool {
            store.forRules.withFile(thread: 0) { file in
                key.withUnsafeBytes { file.contains($0) }
            }
        }
        #expect(store.fault?.hasSuffix("No such file or directory") == true && !isIn([1]))
        try directory.write([[1]])
        store.refresh(nowSeconds: 9)
        #expect(!isIn([1]))
        store.refresh(nowSeconds: 10)
        #expect(isIn([1]) && store.fault == nil)
        try directory.write([[2]])
        store.refresh(nowSeconds: 20)
        #expect(!isIn([1]) && isIn([2]))
        // What is gone or broken leaves the last good content.
        unlink("\(directory.path)/store")
        store.refresh(nowSeconds: 30)
        #expect(isIn([2]) && store.fault != nil)
    }

    @Test func brokenFilesAnswerAndDoNotCrash() {
        var generator = SelectionGenerator(seed: Seed.value)
        let good = Self.file((0..<50).map { Array("key\($0)".utf8) })
        for _ in 0..<2_000 {
            var bytes = good
            for _ in 0..<20 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            let memory = UnsafeMutableRawBufferPointer.allocate(
                byteCount: bytes.count, alignment: 8)
            memory.copyBytes(from: bytes)
            let file = CDBFile(bytes: UnsafeRawBufferPointer(memory))
            for key in 0..<50 {
                Array("key\(key)".utf8).withUnsafeBytes { _ = file.contains($0) }
            }
            file.deallocate()
        }
    }
}
