// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

private let first: PolicyFunction = { _, _, _, _ in 0 }

/// Catches a query in clear text to a server that was declared with encryption.
@Suite struct BarredServerTests {
    private func barred() -> ServerDeclaration {
        var declaration = server("a")
        declaration.needsEncryption = true
        declaration.initialState = .barred
        return declaration
    }

    @Test func nothingBringsItUp() throws {
        let fixture = try BalancingFixture([barred(), server("b")])
        let handle = fixture.handles[0]
        handle.setUpStatus(true)
        for state in [ForcedState.up, .auto, .down] {
            handle.force(state)
            #expect(!handle.isUp)
            #expect(handle.isBarred)
        }
        for policy in BuiltinPolicy.allCases {
            #expect(fixture.select(policy) != 0, "\(policy)")
        }
    }

    @Test func aScriptThatNamesItGetsNoServer() throws {
        let context = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
        defer { context.deallocate() }
        let reference = FunctionReference(
            kind: .policy, name: "mine", location: SourceLocation(file: "p.lua", line: 1),
            ordinal: 0)
        for (declaration, expected) in [(barred(), Int32(-1)), (server("a"), 0)] {
            let fixture = try BalancingFixture(
                [declaration, server("b")],
                scripts: PolicyScripts(
                    function: first, script: { _, _, _, _ in 0 }, contexts: [context, context])
            ) { $0.policy = .script(name: "mine", function: reference) }
            #expect(fixture.withQuery { fixture.view.chooseServer(pool: 0, for: $0) } == expected)
        }
    }

    @Test func aReloadBarsAndFrees() throws {
        let slab = ServerSlab(planeThreads: 1)
        let plain = try slab.update(to: [server("a")])[0]
        plain.force(.up)
        #expect(plain.isUp)
        #expect(try slab.update(to: [barred()])[0].isBarred)
        let freed = try slab.update(to: [server("a")])[0]
        freed.setUpStatus(true)
        #expect(freed.isUp)
    }
}
