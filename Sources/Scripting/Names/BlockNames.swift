// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import LuaRuntime

/// Dynamic blocks: settings, blocks that scripts insert, and who exceeds a rate.
extension Evaluation {
    /// dnsdist's `addDynBlocks` blocks for so long unless told.
    private static let blockSecondsDefault = 10
    /// A week, as all times of scripts.
    static let blockSeconds = 0...604_800
    static let blockRates = 0...Int(UInt32.max)
    /// A thread's rings of 10 000 take 1.7 MB when they are full.
    private static let ringEntries = 1...10_000_000

    func defineBlockNames() throws(LuaError) {
        try declare("setRingBuffersSize") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.ringEntriesMax = try arguments.integer(
                0, "entries", in: Self.ringEntries)
            return []
        }
        try declare("setDynBlocksAction") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.blockAction = try blockAction(arguments, 0)
            guard configuration.blockAction != .none else {
                throw arguments.wrong(0, "action", Self.blockActionWords)
            }
            return []
        }
        try defineInsertions()
        try defineExceeding()
        try defineBlockLists()
        try defineBlockGroups()
        try defineSuffixVisits()
    }

    // MARK: What all share

    private static let blockActionWords =
        "one of " + ScriptAction.ofBlocks.map { "DNSAction.\($0.words)" }.joined(separator: ", ")

    /// A block's action; `.none` when it is left to the configuration.
    func blockAction(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> ScriptAction {
        guard arguments.has(index) else { return .none }
        guard let number = arguments[index].asInteger,
            let action = Int32(exactly: number).flatMap({ ScriptAction(rawValue: $0) }),
            action == .none || ScriptAction.ofBlocks.contains(action)
        else { throw arguments.wrong(index, "action", Self.blockActionWords) }
        return action
    }

    /// What blocks and rings there are; `nil` while the file is read, when nothing was seen yet.
    func blockServices(_ call: String) throws(ArgumentError) -> BlockServices? {
        guard !isLoading else { return nil }
        guard role == .control, vm.phase == .action || vm.phase == .check else {
            throw ArgumentError(
                "\(call): only in maintenance(), in other timers, in callbacks and in checks")
        }
        return blocks
    }

    /// Inserts now, or when the configuration that is being read serves.
    @discardableResult
    func insert(_ order: BlockOrder, _ call: String) throws(ArgumentError) -> Bool {
        guard let services = try blockServices(call) else {
            if role == .control { declaredBlocks.append(order) }
            return false
        }
        return services.table.insert(order, nowMicroseconds: blockClock()) == .inserted
    }

    // MARK: Inserting

    private func defineInsertions() throws(LuaError) {
        try define("addDynBlocks") { [unowned self] (arguments, _) throws(ArgumentError) in
            _ = try arguments.table(0, "addresses")
            let prefixes = try netmaskEntries(arguments, 0).map(\.prefix)
            let reason = try arguments.text(1, "message")
            let seconds = try arguments.integer(
                2, "seconds", in: Self.blockSeconds, default: Self.blockSecondsDefault)
            let action = try blockAction(arguments, 3)
            for prefix in prefixes {
                try insert(
                    BlockOrder(
                        .source(BlockedSource(prefix)), reason: reason, seconds: seconds,
                        action: action), arguments.call)
            }
            return []
        }
        try define("addDynamicBlock") { [unowned self] (arguments, _) throws(ArgumentError) in
            let client = try Self.client(arguments, 0)
            let reason = try arguments.text(1, "message")
            let action = try blockAction(arguments, 2)
            let seconds = try arguments.integer(
                3, "seconds", in: Self.blockSeconds, default: Self.blockSecondsDefault)
            let width = client.address.bitWidth
            let length = try arguments.integer(4, "mask", in: 0...width, default: width)
            let portBits = try arguments.integer(5, "portMask", in: 0...16, default: 0)
            let masks = BlockMasks(lengthV4: length, lengthV6: length, portBits: portBits)
            try insert(
                BlockOrder(
                    .source(BlockedSource(of: client.address, port: client.port, masks: masks)),
                    reason: reason, seconds: seconds, action: action), arguments.call)
            return []
        }
        try define("addDynBlockSMT") { [unowned self] (arguments, _) throws(ArgumentError) in
            let names = try names(arguments, 0)
            let reason = try arguments.text(1, "message")
            let seconds = try arguments.integer(
                2, "seconds", in: Self.blockSeconds, default: Self.blockSecondsDefault)
            let action = try blockAction(arguments, 3)
            for name in names {
                try insert(
                    BlockOrder(.name(name), reason: reason, seconds: seconds, action: action),
                    arguments.call)
            }
            return []
        }
        try define("clearDynBlocks") { [unowned self] (arguments, _) throws(ArgumentError) in
            declaredBlocks = []
            try blockServices(arguments.call)?.table.removeAll()
            return []
        }
    }

    /// An address with its port: an object or text.
    private static func client(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> (address: IPAddress, port: UInt16) {
        if case .address(let object) = arguments[index],
            let address = IPAddress(bytes: object.octets)
        {
            return (address, object.port)
        }
        let endpoint = try arguments.endpoint(index, "address", defaultPort: 0)
        return (endpoint.address, endpoint.port)
    }

    // MARK: Who exceeds

    private func defineExceeding() throws(LuaError) {
        try defineExceeding("exceedQRate", .queries)
        try defineExceeding("exceedRespByterate", .answerBytes)
        try defineExceeding("exceedServFails", .responseCode(ResponseCode.serverFailure.rawValue))
        try defineExceeding("exceedNXDOMAINs", .responseCode(ResponseCode.nameError.rawValue))
        try define("exceedQTypeRate") { [unowned self] (arguments, _) throws(ArgumentError) in
            let type = try Self.queryType(arguments[0], call: arguments.call, name: "type")
            return [try exceeding(.queryType(type), arguments, from: 1)]
        }
    }

    private func defineExceeding(
        _ name: String, _ measure: BlockRule.Measure
    ) throws(LuaError) {
        try define(name) { [unowned self] (arguments, _) throws(ArgumentError) in
            [try exceeding(measure, arguments, from: 0)]
        }
    }

    /// A table of addresses with how much was counted of each.
    private func exceeding(
        _ measure: BlockRule.Measure, _ arguments: Arguments, from first: Int
    ) throws(ArgumentError) -> LuaValue {
        let rate = try arguments.integer(first, "rate", in: Self.blockRates)
        let seconds = try arguments.integer(first + 1, "seconds", in: Self.blockSeconds)
        guard let services = try blockServices(arguments.call) else { return .table(LuaTable()) }
        let traffic = services.traffic()
        traffic.start()
        let found = BlockRules.exceeding(
            measure, rate: Double(rate), seconds: seconds, in: traffic,
            nowMicroseconds: blockClock())
        let fields = found.compactMap { client -> LuaTable.Field? in
            guard let address = LuaAddress(octets: client.source.network.address.bytes) else {
                return nil
            }
            return LuaTable.Field(key: .address(address), value: .count(Int(client.count)))
        }
        return .table(LuaTable(fields: fields))
    }
}
