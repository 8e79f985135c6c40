// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import LuaRuntime
import Probing

/// `servers{…}`, `set(server, {…})`, `choose(policy, servers[, query])`, `distribution(…)`.
extension TestBench {
    /// Beside `newServer`'s own keys.
    static let stateKeys = ["up", "outstanding", "latency", "score", "forced"]
    /// Chosen a million times a policy takes a second.
    private static let distributionCounts = 1...1_000_000
    /// What a plane may have in flight to one server.
    private static let outstandingCounts = 0...1_000_000

    func defineServerTests() throws(LuaError) {
        try evaluation.define("servers") {
            [unowned self] (arguments, call) throws(ArgumentError) in
            let list = try arguments.table(0, "its argument")
            var made: [LuaValue] = []
            for value in list.array {
                guard case .table(let table) = value else {
                    throw ArgumentError("servers: each server must be a table, not \(value.words)")
                }
                made.append(try makeServer(table, at: evaluation.location(of: call)))
            }
            try refreshServers()
            for (table, server) in zip(list.array, made) {
                guard let ordinal = ordinal(of: server), let state = table.asTable else { continue }
                try setState(KeyReader(call: "servers", table: state), of: ordinal)
            }
            try refreshFields()
            return [.table(LuaTable(array: made))]
        }
        try evaluation.define("set") { [unowned self] (arguments, _) throws(ArgumentError) in
            guard let ordinal = ordinal(of: arguments[0]) else {
                throw arguments.wrong(0, "server", "a server")
            }
            try refreshServers()
            let keys = try KeyReader(
                call: "set", table: arguments.table(1, "state"),
                known: Self.stateKeys + ["weight", "order"])
            try setState(keys, of: ordinal)
            if let weight = try keys.integer("weight", in: 1...ServerHandle.weightMax) {
                handles[ordinal].setWeight(weight)
            }
            if let order = try keys.integer("order", in: -1_000_000...1_000_000) {
                handles[ordinal].setOrder(order)
            }
            try refreshFields()
            return []
        }
        try evaluation.define("choose") { [unowned self] (arguments, call) throws(ArgumentError) in
            defer { call.releaseFunctions() }
            let choice = try choice(arguments, query: 2)
            let ordinal = try decide(choice, call: "choose")
            return [ordinal < 0 ? .nil : server(Int(ordinal))]
        }
        try evaluation.define("distribution") {
            [unowned self] (arguments, call) throws(ArgumentError) in
            defer { call.releaseFunctions() }
            let count = try arguments.integer(2, "queries", in: Self.distributionCounts)
            let choice = try choice(arguments, query: 3)
            return [.table(try distribution(choice, count))]
        }
    }

    // MARK: Servers

    private func makeServer(
        _ table: LuaTable, at location: SourceLocation
    ) throws(ArgumentError) -> LuaValue {
        var declared = table
        let number = evaluation.configuration.servers.count
        for key in Self.stateKeys { declared[key] = .nil }
        if declared["address"].isNil {
            // TEST-NET-2 (RFC 5737): nothing is sent there.
            declared["address"] = .text("198.51.\(100 + number / 250 % 100).\(number % 250 + 1)")
        }
        let keys = KeyReader(call: "servers", table: table)
        if let stranger = keys.strangers(ServerReader.keys + Self.stateKeys).first {
            throw ArgumentError(stranger)
        }
        let server = try ServerReader(evaluation: evaluation, location: location).read(declared)
        evaluation.configuration.servers.append(server)
        evaluation.declaredOrders.append(server.order)
        guard let plane = evaluation.plane else {
            preconditionFailure("BUG DETECTED: a test's VM is a plane's")
        }
        return try plane.handle(number, server)
    }

    private func server(_ ordinal: Int) -> LuaValue {
        .object(LuaObject(kind: LuaObject.planeServerKind, id: UInt32(ordinal)))
    }

    private func ordinal(of value: LuaValue) -> Int? {
        guard case .object(let object) = value, object.kind == LuaObject.planeServerKind else {
            return nil
        }
        return Int(object.id)
    }

    private func setState(_ keys: KeyReader, of ordinal: Int) throws(ArgumentError) {
        let handle = handles[ordinal]
        if let isUp = try keys.boolean("up") { handle.setUpStatus(isUp) }
        if let count = try keys.integer("outstanding", in: Self.outstandingCounts) {
            while handle.outstanding < count { handle.noteStarted() }
            while handle.outstanding > count { handle.noteFinished() }
        }
        if let seconds = try keys.seconds("latency") {
            handle.setLatency(microseconds: seconds * 1_000_000)
        }
        if keys.has("score") {
            guard let score = keys["score"].asNumber, (0...1).contains(score) else {
                throw keys.wrong("score", "a number from 0 to 1")
            }
            handle.setScore(score)
        }
        if let word = try keys.word("forced", of: ["auto", "up", "down"]) {
            handle.force(word == "up" ? .up : word == "down" ? .down : .auto)
        }
    }

    /// Brings the plane's view up to the servers that were declared; they are up at first.
    func refreshServers() throws(ArgumentError) {
        var servers = evaluation.configuration.servers
        guard snapshot == nil || handles.count != servers.count else { return }
        // What a test changed stays as it is.
        for (index, handle) in handles.enumerated() {
            servers[index].weight = handle.weight
            servers[index].order = handle.order
        }
        let known = handles.count
        var configuration = DeclaredConfiguration(path: evaluation.configuration.path)
        configuration.servers = servers
        // So that every policy finds its hash points.
        configuration.policy = .builtin(.chashed)
        configuration.hashPerturbation = evaluation.configuration.hashPerturbation ?? 0
        do throws(BalancingError) {
            handles = try slab.update(to: servers)
            snapshot = try PlaneSnapshot(
                configuration, generation: UInt64(servers.count), handles: handles, slab: slab,
                statistics: statistics)
        } catch {
            throw ArgumentError("servers: \(error)")
        }
        for handle in handles[known...] { handle.setUpStatus(true) }
        box.cell.pointee = snapshot?.view
    }

    /// The fields of servers' tables are rewritten when a policy is called: so call one.
    private func refreshFields() throws(ArgumentError) {
        guard let nothing = (try? vm.get("__nothing"))?.asFunction else { return }
        defer { vm.release(nothing) }
        _ = try decide(
            Choice(function: nothing, pool: try slotOfPool([]), query: TestQuery()),
            call: "servers")
    }

    // MARK: Choosing

    struct Choice {
        let function: LuaFunction
        /// The kit's number of the list.
        let pool: Int32
        let query: TestQuery
    }

    private func choice(
        _ arguments: Arguments, query index: Int
    ) throws(ArgumentError) -> Choice {
        guard let function = policyFunction(arguments[0]) else {
            throw arguments.wrong(0, "policy", "a policy: a function, or what newServerPolicy made")
        }
        var ordinals: [Int] = []
        for value in try arguments.table(1, "servers").array {
            guard let ordinal = ordinal(of: value) else {
                throw ArgumentError(
                    "\(arguments.call): servers must hold servers, not \(value.words)")
            }
            ordinals.append(ordinal)
        }
        try refreshServers()
        return Choice(
            function: function, pool: try slotOfPool(ordinals),
            query: try TestQuery(arguments[index], call: arguments.call))
    }

    private func policyFunction(_ value: LuaValue) -> LuaFunction? {
        value.asFunction ?? value.asTable?["policy"].asFunction
    }

    /// The list in the order that was given: a test may want to see what an unsorted one does.
    private func slotOfPool(_ ordinals: [Int]) throws(ArgumentError) -> Int32 {
        if let known = pools[ordinals] { return known }
        do throws(LuaError) {
            let slot = try kit.addPool(
                name: "test \(pools.count)", ordinals: ordinals.map { UInt32($0) })
            pools[ordinals] = slot
            return slot
        } catch {
            throw ArgumentError("servers: \(error.message)")
        }
    }

    /// The ordinal that the policy chooses, or -1; what it does wrong fails the test.
    private func decide(_ choice: Choice, call: String) throws(ArgumentError) -> Int32 {
        guard let view = snapshot?.view else { return -1 }
        let decision = choice.query.withQuery(
            view: view, generator: &generator, nowMicroseconds: nowMicroseconds
        ) {
            kit.call(choice.function, pool: choice.pool, query: $0)
        }
        switch decision {
        case .server(let ordinal): return Int32(ordinal)
        case .none: return -1
        case .failed(let failure):
            let error = kit.lastError(failure)
            let place = error.file.map { " at \($0):\(error.line ?? 1)" } ?? ""
            throw ArgumentError("\(call): the policy failed\(place): \(error.message)")
        }
    }

    /// The monotonic clock begins at a second, so that nothing looks like never.
    private var nowMicroseconds: UInt64 { UInt64(prober.nowMilliseconds + 1_000) * 1_000 }

    private func distribution(
        _ choice: Choice, _ count: Int
    ) throws(ArgumentError) -> LuaTable {
        var counts: [Int32: Int] = [:]
        for _ in 0..<count {
            counts[try decide(choice, call: "distribution"), default: 0] += 1
        }
        var table = LuaTable()
        for (ordinal, count) in counts.sorted(by: { $0.key < $1.key }) {
            guard ordinal >= 0 else {
                table["none"] = .count(count)
                continue
            }
            let server = evaluation.configuration.servers[Int(ordinal)]
            let name = server.name.isEmpty ? server.address.description : server.name
            table[name] = .count(count + (table[name].asInteger ?? 0))
        }
        return table
    }
}
