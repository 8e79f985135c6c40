// SPDX-License-Identifier: Apache-2.0

import CLua

/// Runs balancing policies in one VM, for one plane thread.
///
/// Made before the configuration is evaluated in that VM, so that servers which scripts keep in
/// variables are the very tables that policies are given. `decide` allocates nothing on the Swift
/// side; the VM's collector is stopped from the first decision on and runs in `collectStep` only.
public final class PlanePolicyVM {
    /// At one tick a policy that loops costs its thread two milliseconds once.
    public static let budgetMillisecondsDefault = 1
    public static let budgetMillisecondsRange = 1...1000

    public let vm: LuaVM
    /// The CPU budget of one decision.
    public var budgetMilliseconds = budgetMillisecondsDefault {
        didSet {
            budgetMilliseconds = LuaLimits.clamp(
                budgetMilliseconds, to: Self.budgetMillisecondsRange)
        }
    }

    /// Methods and fields that were defined, by the name of the part of a query.
    public private(set) var members: [String: Set<String>] = [:]

    public init(_ vm: LuaVM, _ callbacks: PlaneCallbacks) throws(LuaError) {
        self.vm = vm
        try vm.requireOpen()
        var native = clua_plane_callbacks(
            context: callbacks.context, read_server: callbacks.readServer,
            write_server: callbacks.writeServer, select: callbacks.select,
            epoch: callbacks.epoch, query_field: callbacks.queryField,
            query_method: callbacks.queryMethod, query_set: callbacks.querySet,
            next_record: callbacks.nextRecord, set_ttl: callbacks.setTTL, log: callbacks.log)
        try vm.check(clua_plane_set_up(vm.handle, &native))
    }

    /// Defines a part of the query that has fields or methods; 0 is `dq` itself. Methods are
    /// numbered as listed; `fields` are for suggestions.
    public func defineSubject(
        _ subject: Int32, name: String, methods: [String] = [], fields: [String] = []
    ) throws(LuaError) {
        try vm.requireOpen()
        members[name, default: []].formUnion(methods + fields)
        var names = CStringArena()
        let nameOffset = names.add(name)
        let offsets = methods.map { names.add($0) }
        let fieldOffsets = fields.map { names.add($0) }
        let status = names.withPointer { base in
            let pointers = (offsets + fieldOffsets).map { Optional(base + $0) }
            return pointers.withUnsafeBufferPointer { list in
                clua_plane_define_subject(
                    vm.handle, subject, base + nameOffset, list.baseAddress, Int32(methods.count),
                    list.baseAddress.map { $0 + methods.count }, Int32(fields.count))
            }
        }
        try vm.check(status)
    }

    /// Defines the global `name` with `.policy` and `.name`, which calls `select` with `builtin`.
    public func defineBuiltin(_ builtin: Int32, name: String) throws(LuaError) {
        try vm.requireOpen()
        try vm.check(clua_plane_define_builtin(vm.handle, builtin, name))
    }

    /// Defines the global `name`, which passes its argument's text to `log` with `priority`; while
    /// the file is read it does nothing. Allocates nothing.
    public func defineLog(_ name: String, priority: Int32) throws(LuaError) {
        try vm.requireOpen()
        try vm.check(clua_plane_define_log(vm.handle, name, priority))
    }

    /// Tells what a server's table shows. Ordinals count from zero without gaps; telling one again
    /// changes it.
    public func addServer(
        ordinal: UInt32, name: String, address: String, identifier: String, order: Int = 1,
        weight: Int = 1
    ) throws(LuaError) {
        try vm.requireOpen()
        var names = CStringArena()
        let (nameAt, addressAt, identifierAt) = (
            names.add(name), names.add(address), names.add(identifier)
        )
        let status = names.withPointer { base in
            var server = clua_plane_server(
                ordinal: ordinal, name: base + nameAt, address: base + addressAt,
                identifier: base + identifierAt, order: Int64(order), weight: Int64(weight))
            return clua_plane_add_server(vm.handle, &server)
        }
        try vm.check(status)
    }

    /// Gives servers a method that is a host function: its receiver is the first argument.
    public func addServerMethod(_ name: String, _ body: @escaping HostFunction) throws(LuaError) {
        let global = "__pharos_\(name)"
        try vm.define(global, body)
        try vm.check(clua_plane_add_server_method(vm.handle, name, global))
    }

    /// Makes the list that a policy is given, in this order, and returns its slot.
    public func addPool(name: String, ordinals: [UInt32]) throws(LuaError) -> Int32 {
        try vm.requireOpen()
        // Evaluations are seeded alike; policies of different threads must not choose in step.
        try vm.seed(from: vm.runtimeEnvironment)
        var slot: Int32 = -1
        try vm.check(
            clua_plane_add_pool(vm.handle, name, ordinals, Int32(ordinals.count), &slot))
        return slot
    }

    /// Calls a policy: `servers` is the pool's list, `dq` reads `query`, which must stay valid
    /// during the call.
    public func call(
        _ function: LuaFunction, pool: Int32, query: UnsafeRawPointer
    ) -> PlaneDecision {
        PlaneDecision(code: decide(function.reference, pool: pool, query: query))
    }

    /// The same for the hot path: the ordinal, or a negative code for `PlaneDecision`.
    public func decide(_ function: Int32, pool: Int32, query: UnsafeRawPointer) -> Int32 {
        guard vm.isOpen else { return Int32(CLUA_DECISION_INTERNAL) }
        return clua_plane_call(vm.handle, function, pool, query, Int32(budgetMilliseconds))
    }

    /// Why the last decision failed; meaningful right after a `.failed` only.
    public func lastError(_ failure: PlaneDecision.Failure) -> LuaError {
        switch failure {
        case .error, .nonsense: vm.failure(CLUA_ERROR_RUNTIME)
        case .timeout: vm.failure(CLUA_ERROR_TIMEOUT)
        case .memory: vm.failure(CLUA_ERROR_MEMORY)
        case .internal: vm.failure(CLUA_ERROR_INTERNAL)
        }
    }

    /// Collects in proportion to what was allocated since the last step. Call it after a batch.
    public func collectStep() {
        if vm.isOpen { clua_plane_collect_step(vm.handle) }
    }
}
