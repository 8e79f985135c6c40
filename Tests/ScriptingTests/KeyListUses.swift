// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Which lists of keys the sources read tables with.
enum KeyListUses {
    /// The expressions behind `known:` and `strangers(`, without `Self.`: `checkKeys`,
    /// `AttributeReader.keys`. A list that is written in place is told as its text.
    static func all() throws -> [(file: String, list: String)] {
        let folder = URL(filePath: Fixture.repository + "/Sources/Scripting")
        let files = try #require(
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var uses: [(String, String)] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            // What only `pharos test` has is not a script's.
            guard file.lastPathComponent != "KeyReader.swift", !file.path().contains("/Testing/")
            else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /(?:[\s(]known: |strangers\()(\[[^\]]*\]|[A-Za-z.]+)/) {
                let list = String(match.1).replacing("Self.", with: "")
                // Types, and a list that ServerReader puts together.
                if ["[String]", "Set", "known"].contains(list) { continue }
                uses.append((file.lastPathComponent, list))
            }
        }
        return uses
    }
}
