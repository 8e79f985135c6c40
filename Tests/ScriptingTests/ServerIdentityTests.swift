// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Scripting

/// Would catch: an identity that is read and not meant, and a version that is told unasked.
@Suite struct ServerIdentityTests {
    private func identity(_ text: String) throws -> ServerIdentityDeclaration {
        try Fixture.configuration(text).identity
    }

    @Test func theNodesNameIsTheDefaultAndTheVersionIsNotTold() throws {
        let identity = try identity("x = node.name")
        #expect(identity.id != nil && identity.hostname == identity.id)
        #expect(identity.nsid == identity.id)
        #expect(identity.version == nil && !identity.forwardsUntold)
    }

    @Test func everyKeyIsMeant() throws {
        let identity = try identity(
            """
            setServerIdentity{id = "a", hostname = false, version = "1", forwardChaos = true}
            setServerIdentity{nsid = "\\0b"}
            """)
        #expect(identity.id == [97] && identity.hostname == nil && identity.version == [49])
        #expect(identity.nsid == [0, 98] && identity.forwardsUntold)
    }

    @Test(arguments: [
        ("setServerIdentity{id = ''}", "setServerIdentity: id must be false, or a text of 1 to"),
        (
            "setServerIdentity{nsid = ('x'):rep(256)}",
            "setServerIdentity: nsid must be false, or a text of 1 to 255 octets"
        ),
        ("setServerIdentity{version = true}", "version must be false, or a text"),
        ("setServerIdentity{forwardChaos = 1}", "forwardChaos must be true or false"),
        ("setServerIdentity{name = 'x'}", "unknown key 'name'"),
        ("setServerIdentity('x')", "its argument must be a table"),
    ])
    func wrongArgumentsAreRefused(_ call: String, _ message: String) {
        let refusal = Fixture.refusal("\n" + call)
        #expect(refusal.hasPrefix("test.lua:2: "))
        #expect(refusal.contains(message), "\(refusal)")
    }
}
