// SPDX-License-Identifier: Apache-2.0

import ExaBGP
import Testing

/// Whole configurations in the three grammars. Would catch a word that means something else.
struct FixtureTests {
    @Test func thereAreTwentyFiveConfigurations() {
        #expect(Fixture.configurations.count == 25)
    }

    @Test(arguments: Fixture.configurations)
    func meansTheNeighborsAndRoutesWrittenBesideIt(_ fixture: Fixture) throws {
        let configuration = try ExaBGPConfiguration(
            try fixture.text(".conf"), file: fixture.name + ".conf")
        let expected = try fixture.text(".expected").split(separator: "\n").map(String.init)
        #expect(Rendering.lines(configuration) == expected)
    }
}
