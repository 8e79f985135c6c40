// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Scripting

/// Would catch a function about dynamic blocks that does something else than dnsdist's.
@Suite struct BlockNamesTests {
    @Test(arguments: [
        ("exceedQRate(20, 10)", "192.0.2.2=201"), ("exceedQTypeRate(DNSQType.ANY, 5, 10)", ""),
        ("exceedQTypeRate('AAAA', 5, 10)", "192.0.2.3=60"),
        ("exceedServFails(5, 10)", "192.0.2.5=51"), ("exceedNXDOMAINs(5, 10)", "192.0.2.4=51"),
        ("exceedRespByterate(1000, 10)", "192.0.2.6=12000"), ("exceedQRate(2, 0)", ""),
    ])
    func whoExceedsIsToldWithHowMuch(_ call: String, _ expected: String) throws {
        let bench = try BlockBench("")
        bench.query("192.0.2.1", times: 200)
        bench.query("192.0.2.2", times: 201)
        bench.query("192.0.2.3", type: 28, times: 60)
        bench.answer("192.0.2.4", code: 3, times: 51, size: 12)
        bench.answer("192.0.2.5", code: 2, times: 51, size: 12)
        bench.answer("192.0.2.6", times: 6, size: 2_000)
        bench.seconds += call.hasSuffix(", 0)") ? 150 : 10
        let text = bench.run(
            """
            local parts = {}
            for address, count in pairs(\(call)) do
                parts[#parts + 1] = address:toString() .. '=' .. count
            end
            table.sort(parts)
            return table.concat(parts, ' ')
            """)
        #expect(text == (expected.isEmpty ? "" : expected + "\n"))
    }

    @Test func addDynBlocksBlocksWhoExceeds() throws {
        let bench = try BlockBench(
            """
            function maintenance()
                addDynBlocks(exceedQRate(20, 10), 'Exceeded query rate', 60)
                addDynBlocks(exceedQTypeRate(DNSQType.ANY, 1, 10), 'any', 30, DNSAction.Refused)
            end
            """)
        bench.query("192.0.2.2", times: 201)
        bench.query("[2001:db8::1]:53", type: 255, times: 11)
        #expect(bench.generation.control.runTimer(0) == nil)
        #expect(bench.blocks == ["192.0.2.2/32 none 60", "2001:db8::1/128 refused 30"])
        bench.run("addDynBlocks({'198.51.100.1', ['198.51.100.2'] = 7}, 'by hand')")
        #expect(bench.blocks.count == 4 && bench.blocks.contains("198.51.100.2/32 none 10"))
        bench.run("clearDynBlocks()")
        #expect(bench.blocks == [])
    }

    @Test func addDynamicBlockBlocksOneAddressOrItsNetwork() throws {
        let bench = try BlockBench("")
        bench.run("addDynamicBlock('192.0.2.1', 'one')")
        bench.run("addDynamicBlock(newCA('192.0.2.2'), 'two', DNSAction.Refused, 20)")
        bench.run("addDynamicBlock('198.51.100.77', 'three', DNSAction.None, 30, 24)")
        bench.run("addDynamicBlock('203.0.113.1:20000', 'four', DNSAction.Drop, 40, 32, 2)")
        bench.run("addDynamicBlock('2001:db8::1', 'five', nil, 50, 64)")
        #expect(
            bench.blocks == [
                "192.0.2.1/32 none 10", "192.0.2.2/32 refused 20", "198.51.100.0/24 none 30",
                "2001:db8::/64 none 50", "203.0.113.1:16384/2 drop 40",
            ])
    }

    @Test func addDynBlockSMTBlocksNames() throws {
        let bench = try BlockBench("")
        bench.run("addDynBlockSMT({'Example.ORG', 'a.test'}, 'names', 20, DNSAction.Nxdomain)")
        bench.run("addDynBlockSMT(newDNSName('one.test'), 'names')")
        #expect(
            bench.blocks
                == ["a.test. nxdomain 20", "example.org. nxdomain 20", "one.test. none 10"])
    }

    @Test func blocksAreListed() throws {
        let bench = try BlockBench("setDynBlocksAction(DNSAction.Truncate)")
        bench.run("addDynamicBlock('192.0.2.1', 'one', DNSAction.Refused, 20)")
        bench.run("addDynBlockSMT({'example.org'}, 'two', 30)")
        #expect(
            bench.run("showDynBlocks()") == """
                What          Seconds  Blocks  Warning  Action    Reason
                192.0.2.1/32  20       0       false    Refused   one
                example.org.  30       0       false    Truncate  two

                """)
        #expect(
            bench.run(
                """
                local b = getDynamicBlocks()['192.0.2.1/32']
                local left = b['until'].tv_sec - os.time()
                return b.reason, b.blocks, b.action == DNSAction.Refused, b.warning, b.bpf,
                    left >= 18 and left <= 20, next(getDynamicBlocks(), '192.0.2.1/32')
                """) == "one\t0\ttrue\tfalse\tfalse\ttrue\tnil\n")
        #expect(
            bench.run(
                """
                local b = getDynamicBlocksSMT()['example.org.']
                return b.domain, b.action == DNSAction.Truncate
                """) == "example.org.\ttrue\n")
        bench.seconds += 20
        #expect(bench.run("next(getDynamicBlocks())") == "nil\n")
    }

    @Test func settingsAreDeclared() throws {
        let configuration = try Fixture.configuration(
            "setDynBlocksAction(DNSAction.Nxdomain) setRingBuffersSize(50000, 10)")
        #expect(configuration.blockAction == .nxdomain)
        #expect(configuration.ringEntriesMax == 50_000 && configuration.warnings == [])
        #expect(try Fixture.configuration("").blockAction == .drop)
        let warned = try Fixture.configuration(
            """
            setRingBuffersLockRetries(5) setRingBuffersOptions{lockRetries = 5}
            setDynBlocksPurgeInterval(60)
            """
        ).warnings
        #expect(warned.count == 3 && warned.allSatisfy { $0.contains("accepted without effect") })
    }

    /// The file itself may block somebody; that happens when it serves, and once.
    @Test func theFilesOwnBlocksWaitUntilItServes() throws {
        let bench = try BlockBench(
            """
            addDynamicBlock('192.0.2.1', 'known', DNSAction.Drop, 600)
            addDynBlockSMT({'example.org'}, 'known', 600)
            addDynBlocks(exceedQRate(1, 1), 'nobody yet')
            """)
        #expect(bench.blocks == [])
        bench.generation.control.insertDeclaredBlocks()
        #expect(bench.blocks == ["192.0.2.1/32 drop 600", "example.org. none 600"])
        bench.run("clearDynBlocks()")
        bench.generation.control.insertDeclaredBlocks()
        #expect(bench.blocks == [])
    }

    @Test(arguments: [
        (
            "setDynBlocksAction(DNSAction.Spoof)",
            "setDynBlocksAction: action must be one of DNSAction"
        ),
        ("setDynBlocksAction()", "setDynBlocksAction: action must be one of DNSAction.Drop"),
        ("setRingBuffersSize(0)", "setRingBuffersSize: entries must be from 1 to 10000000"),
        ("exceedQRate(1)", "exceedQRate: seconds must be a whole number, not nil"),
        ("addDynBlocks('192.0.2.1', 'm')", "addDynBlocks: addresses must be a table"),
        ("addDynBlocks({})", "addDynBlocks: message must be text, not nil"),
        ("addDynamicBlock('here', 'm')", "addDynamicBlock: address"),
        ("addDynamicBlock('192.0.2.1', 'm', 99)", "addDynamicBlock: action must be one of"),
        ("addDynBlockSMT({'a..b'}, 'm')", "addDynBlockSMT: "),
    ])
    func aWrongCallIsRefusedAtItsLine(_ call: String, _ expected: String) {
        let refusal = Fixture.refusal("\n\(call)")
        #expect(refusal.hasPrefix("test.lua:2: \(expected)"), "\(refusal)")
    }

    @Test func settingsAreNotChangedLater() throws {
        let bench = try BlockBench("")
        #expect(
            bench.run("setDynBlocksAction(DNSAction.Drop)")
                .contains("setDynBlocksAction: only while the configuration is read"))
    }

    @Test func anAnnounceRuleBlocksNobody() throws {
        let generation = try Fixture.build(
            """
            newNeighbor{address='192.0.2.9', peerAS=64500, localAS=64501, families={'ipv4 unicast'}}
            announce{prefix='198.51.100.0/24', nextHop='self', requireAddress=false, rule=function()
                addDynamicBlock('192.0.2.1', 'no')
                return true
            end}
            """)
        let result = generation.control.evaluateRule(0, node: NodeView(name: "n"))
        #expect("\(result)".contains("addDynamicBlock: only in maintenance()"), "\(result)")
    }
}
