// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a Lua name that somebody defined and the reference does not tell of, one that it
/// tells of and nobody defines, and a function of dnsdist that is neither there nor refused by name.
///
/// A name is missing here? Add it to the file of its group in Sources/Scripting/Reference/Entries.
@Suite struct ReferenceTests {
    @Test func everyNameThatScriptsCanUseHasAnEntry() throws {
        let told = Set(Reference.entries.map(\.name))
            .union(AcceptedNames.withoutEffect.map(\.name))
            .union(AcceptedNames.refused.map(\.name))
        let missing = try ReachableNames.all().subtracting(told).sorted()
        #expect(missing == [], "add them to Sources/Scripting/Reference/Entries")
    }

    @Test func everyEntryNamesSomethingThatIsThere() throws {
        let reachable = try ReachableNames.all()
        let names = Reference.entries.filter { !ReachableNames.isTakenOnTrust($0) }.map(\.name)
        #expect(Set(names).subtracting(reachable).sorted() == [], "nobody defines them")
    }

    @Test func noNameIsToldOfTwice() {
        let names = Reference.entries.map(\.name)
        let repeated = Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys
        #expect(repeated.sorted() == [])
    }

    @Test func everyEntrySaysSomethingInSentences() {
        for entry in Reference.entries {
            #expect(!entry.name.isEmpty && !entry.name.contains(" "), "\(entry.signature)")
            switch entry.status {
            case .supported: #expect(entry.text.hasSuffix("."), "\(entry.signature)")
            case .withoutEffect(let words), .refused(let words):
                #expect(!words.isEmpty && !words.hasSuffix("."), "\(entry.signature)")
            }
        }
    }

    /// A call that is accepted and also implemented would warn of what works.
    @Test func whatIsImplementedIsNotInTheListsOfWhatIsNot() {
        let entries = Set(Reference.entries.map(\.name))
        let lists = AcceptedNames.withoutEffect.map(\.name) + AcceptedNames.refused.map(\.name)
        #expect(
            lists.filter { entries.contains($0) } == [],
            "take them out of Sources/Scripting/Reference/AcceptedNames.swift")
        #expect(Set(lists).count == lists.count)
    }

    @Test func everyListOfKeysIsKnownToTheReference() throws {
        let source = String(
            decoding: Fixture.bytes(
                of: Fixture.repository + "/Sources/Scripting/Reference/KeyLists.swift"),
            as: UTF8.self)
        #expect(!source.isEmpty)
        for (file, list) in try KeyListUses.all() where !source.contains(list) {
            Issue.record("\(file) reads keys of \(list), which KeyLists.swift does not name")
        }
    }

    @Test func thePagesArePrinted() {
        let page = ReferencePage.script
        #expect(page.contains("### `newServer{address = \"192.0.2.1\", …} → server`"))
        #expect(page.contains("| `isUp() → true or false` |"))
        #expect(page == ReferencePage.script)
        let table = ReferencePage.porting
        #expect(table.contains("| `newServer` | works"))
        #expect(table.contains("| `controlSocket` | accepted without effect: "))
        #expect(table.contains("| `LuaFFIRule` | refused: "))
        #expect(table.split(separator: "\n").count == DnsdistNames.functions.count + 2)
    }
}
