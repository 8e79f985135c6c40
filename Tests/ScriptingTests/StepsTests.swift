// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a score that wobbles at a threshold and moves traffic each time, a step that is
/// passed over, a mistake in the list that shows only when the score falls.
@Suite struct StepsTests {
    private static let list = "{0.8, med = 100}, {0.5, med = 200}, {0.2, med = 400}"

    /// The MEDs for scores one after the other; `nil` where the route is withdrawn.
    private static func meds(_ scores: [Double], _ steps: String) throws -> [UInt32?] {
        let generation = try Fixture.build(
            """
            newCheck{name='resolver', run=function() return true end}
            local byScore = steps{\(steps)}
            announce{prefix='192.0.2.53/32', med=1, when='resolver', rule=function(node)
                return byScore(node.checks.resolver.score)
            end}
            """)
        return try scores.map { score in
            var view = RuleTests.view
            view.checks["resolver"]?.score = score
            switch generation.control.evaluateRule(0, node: view) {
            case .announce(let attributes): return attributes.med
            case .withdraw: return nil
            case .failed(let fault): throw fault
            }
        }
    }

    @Test func withoutHysteresisThresholdsDecide() throws {
        #expect(
            try Self.meds([1, 0.8, 0.79, 0.5, 0.3, 0.1, 0.9], Self.list)
                == [100, 100, 200, 200, 400, nil, 100])
    }

    @Test func aScoreThatWobblesChangesNothing() throws {
        let steps = Self.list + ", hysteresis = 0.05"
        #expect(
            try Self.meds([0.82, 0.78, 0.81, 0.76, 0.74, 0.79, 0.84, 0.85, 0.76], steps)
                == [100, 100, 100, 100, 200, 200, 200, 100, 100])
    }

    @Test func aFallThroughSeveralStepsIsOneAndStopsWhereTheHysteresisSays() throws {
        let steps = Self.list + ", hysteresis = 0.05"
        #expect(
            try Self.meds([0.9, 0.1, 0.19, 0.26, 0.48, 0.99], steps)
                == [100, nil, nil, 400, 400, 100])
        #expect(try Self.meds([0.9, 0.47], steps) == [100, 200])
    }

    @Test(arguments: [
        ("steps()", "its argument must be a list of steps"),
        ("steps{}", "its argument must be a list of steps"),
        ("steps{{med=1}}", "step 1 must begin with a number"),
        ("steps{{0.5, med=1}, {0.8, med=2}}", "must fall from the best step to the worst"),
        ("steps{{0.8}, {0.75}, hysteresis=0.05}", "steps 1 and 2 are not further apart"),
        ("steps{{0.8}, hysteresis='x'}", "hysteresis must be a number from 0"),
        ("steps{{0.8}, hystersis=1}", "unknown key 'hystersis'"),
        ("steps{{0.8}}(nil)", "the score must be a number, not nil"),
    ])
    func mistakesAreSaidAtTheirLine(_ text: String, _ words: String) {
        #expect {
            _ = try Fixture.build("local a = 1\n\(text)")
        } throws: {
            "\($0)".contains("test.lua:2: steps: ") && "\($0)".contains(words)
        }
    }
}
