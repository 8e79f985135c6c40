// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch a value that changes on its way into a VM or out of it.
@Suite struct LuaValueTests {
    static let values: [LuaValue] = [
        .nil, .boolean(true), .boolean(false), .integer(.min), .integer(.max), .integer(0),
        .number(0.5), .number(.infinity), .number(-0.0), "", "text",
        .string(LuaString(bytes: [0, 255, 10, 128])),
        .name([0]), .name([3, 0x57, 0x77, 0xff, 0]),
        .address(LuaAddress(octets: [192, 0, 2, 1], port: 5353)!),
        .address(LuaAddress(octets: Array(1...16))!),
        .netmask(LuaNetmask(network: LuaAddress(octets: [192, 0, 2, 1])!, length: 24)!),
        .table(LuaTable()),
        .table(LuaTable(array: [1, 2, .table(LuaTable(["a": .boolean(false)]))])),
        .table(
            LuaTable(
                array: ["x"],
                fields: [
                    .init(key: .integer(-3), value: "i"), .init(key: .number(1.5), value: "n"),
                    .init(key: "key", value: .table(LuaTable(["deep": .table(LuaTable())]))),
                    .init(key: .boolean(true), value: "b"),
                ])),
    ]

    @Test(arguments: values) func crossesTwiceUnchanged(_ value: LuaValue) throws {
        let vm = try makeVM()
        #expect(try vm.run("return ...", [value, value]) == [value, value])
        try vm.set("a.b.c", value)
        #expect(try vm.get("a.b.c") == value)
        #expect(try vm.get("a.x.c") == .nil)
    }

    @Test func hostFunctionsTakeAndGiveValues() throws {
        let vm = try makeVM()
        var seen: [LuaValue] = []
        var caller: HostCall.Caller?
        try vm.define("host.take") { call in
            seen = call.arguments
            caller = call.caller
            call.results = [.integer(Int64(call.arguments.count)), call[9]]
            return .returned
        }
        let results = try vm.run("\n\nreturn host.take(1, {2, k = 'v'}, nil)")
        #expect(results == [3, .nil])
        #expect(seen == [1, .table(LuaTable(array: [2], ["k": "v"])), .nil])
        #expect(caller?.file == "/etc/test.lua")
        #expect(caller?.line == 3)
    }

    @Test func functionsStayUntilReleased() throws {
        let vm = try makeVM()
        guard
            case .function(let function)? = try vm.run("\nreturn function(x) return x + 1 end")
                .first
        else {
            Issue.record("no function")
            return
        }
        vm.collect()
        #expect(try vm.call(function, [41]) == [42])
        let location = vm.location(of: function)
        #expect(location?.file == "/etc/test.lua")
        #expect(location?.line == 2)
        vm.release(function)
    }

    @Test(arguments: [
        ("local t = {} t.t = t return t", "table nests deeper than 32 (does it contain itself?)"),
        (
            "local t = {} for i = 1, 1100000 do t[i] = true end return t",
            "table has more than 1000000 values"
        ),
        ("return coroutine.create(print)", "a thread cannot be passed here"),
        ("return io.stdout", "a file cannot be passed here"),
    ])
    func whatCannotCrossSaysWhy(_ source: String, _ message: String) throws {
        let vm = try makeVM()
        #expect(vm.failure(source)?.message == message)
    }

    @Test func manyReturnValuesCross() throws {
        let vm = try makeVM()
        #expect(try vm.run("return table.unpack({...}, 1, 5000)").count == 5000)
    }

    @Test func pairsGoesInOrderWhileLoading() throws {
        let keys = (0..<40).map { "k\($0 * 7919 % 1000)" }
        let source = """
            local t, order = {}, {}
            for _, k in ipairs({...}) do t[k] = true end
            t[2] = true t[1] = true t[-1] = true
            for k in pairs(t) do order[#order + 1] = k end
            return order
            """
        let vm = try makeVM()
        let expected: [LuaValue] = [-1, 1, 2] + keys.sorted().map { .text($0) }
        #expect(
            try vm.run(source, keys.map { .text($0) }) == [.table(LuaTable(array: expected))])
    }

    @Test func pairsSkipsWhatIsRemovedMeanwhile() throws {
        let vm = try makeVM()
        #expect(
            try vm.run(
                "local t, n = {a=1, b=2, c=3}, 0 for k in pairs(t) do t.b = nil n = n + 1 end return n"
            ) == [2])
        #expect(
            try vm.run(
                "local t = setmetatable({}, {__pairs = function() return next, {x=1}, nil end}) "
                    + "for k in pairs(t) do return k end") == ["x"])
    }
}
