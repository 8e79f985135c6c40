// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The methods of value objects, which live wholly in CLua: read from its sources.
enum ValueMethods {
    static func all() throws -> [String] {
        let folder = URL(filePath: Fixture.repository + "/Sources/CLua")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.pathExtension == "c" }.flatMap { file in
            let text = try String(contentsOf: file, encoding: .utf8)
            let types = text.matches(of: /clua_define_value_raises\(L, CLUA_VALUE_([A-Z_]+)/)
            let methods = text.matches(of: /\{"([A-Za-z]\w*)", \w+_raises\}/).map { $0.1 }
            return types.flatMap { type in methods.map { "\(camelCased(type.1)).\($0)" } }
        }
    }

    private static func camelCased(_ constant: Substring) -> String {
        let words = constant.lowercased().split(separator: "_")
        return words.dropFirst().reduce(String(words[0])) {
            $0 + $1.prefix(1).uppercased() + $1.dropFirst()
        }
    }
}
