// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The configurations of our own writing in `Fixtures`, each with what it means beside it.
struct Fixture: CustomStringConvertible, Sendable {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures")

    let name: String

    /// All of one kind, by name.
    static func all(ending suffix: String) -> [Fixture] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map {
            Fixture(name: String($0.dropLast(suffix.count)))
        }
    }

    static let configurations = all(ending: ".conf")

    func text(_ suffix: String) throws -> String {
        try String(contentsOf: Self.folder.appending(path: name + suffix), encoding: .utf8)
    }

    var description: String { name }
}
