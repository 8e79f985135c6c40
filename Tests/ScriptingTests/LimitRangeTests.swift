// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Scripting

/// Would catch a setter that takes more, or less, than Docs/limits.md says.
@Suite struct LimitRangeTests {
    /// What the page says that may be set: the call with `n` where the number goes.
    private struct Setting {
        let call: String
        let minimum: Double
        let maximum: Double

        func text(_ value: Double) -> String {
            let number = value == value.rounded() ? "\(Int(value))" : "\(value)"
            return call.replacing("(n)", with: "(\(number))")
                .replacing("= n}", with: "= \(number)}")
        }
    }

    private static func settings() throws -> [Setting] {
        let path =
            #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
            + "/Docs/limits.md"
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .compactMap { line in
                let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                    .map { $0.trimmingCharacters(in: .whitespaces) }
                guard cells.count == 9, let minimum = Double(cells[3]),
                    let maximum = Double(cells[4]), cells[5].hasPrefix("`")
                else { return nil }
                return Setting(
                    call: cells[5].replacing("`", with: ""), minimum: minimum, maximum: maximum)
            }
    }

    @Test func eachSetterTakesItsRangeAndNothingElse() throws {
        let settings = try Self.settings()
        #expect(settings.count == 13)
        for setting in settings {
            for inside in [setting.minimum, setting.maximum] {
                #expect(Fixture.refusal(setting.text(inside)) == "", "\(setting.text(inside))")
            }
            for outside in [setting.minimum - 1, setting.maximum + 1] {
                let text = setting.text(outside)
                #expect(Fixture.refusal(text) != "", "\(text)")
            }
        }
    }
}
