// SPDX-License-Identifier: Apache-2.0

/// Every Lua name that an operator can write. Docs/script-reference.md and the table in
/// Docs/porting-from-dnsdist.md are printed from it, suggestions and `validate` ask it.
///
/// ReferenceTests fails when a name is defined and not told of here, and when what is told of here
/// is not defined.
enum Reference {
    /// In the order of the page. dnsdist's names without effect come from ``AcceptedNames``.
    static let entries: [ReferenceEntry] =
        texts.flatMap { ReferenceText.entries($0.text, group: $0.group) } + serverKeysWithoutEffect

    /// The code has their words already.
    private static var serverKeysWithoutEffect: [ReferenceEntry] {
        let encryption = ServerReader.encryptionKeys.map {
            (key: $0, instead: "it belongs to encrypted connections, which are not there")
        }
        return (ServerReader.keysWithoutEffect + encryption).map { key, instead in
            ReferenceEntry(
                group: .servers, name: "newServer.\(key)", signature: "newServer.\(key) = …",
                text: "", dnsdist: nil, status: .withoutEffect(instead: instead))
        }
    }

    private static let texts: [(group: ReferenceGroup, text: String)] = [
        (.listening, listening), (.servers, servers), (.policies, policies), (.pools, pools),
        (.selectors, selectors), (.actions, actions), (.queries, queries), (.values, values),
        (.blocks, blocks), (.checks, checks), (.probes, probes), (.announcing, announcing),
        (.state, state), (.limits, limits), (.logs, logs), (.tables, tables),
        (.files, files), (.language, language), (.console, console),
    ]

    static let byName = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }

    /// The members of what scripts hold, without their owner: methods and fields of any object.
    static let memberNames: [String] = {
        let members = entries.filter { $0.owner != nil && !$0.isKey }
        return Set(members.map { String($0.name.dropFirst(($0.owner?.count ?? 0) + 1)) }).sorted()
    }()
}
