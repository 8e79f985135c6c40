// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// Is a plane without packets: servers whose values tests set, and one query.
final class FakePlane {
    struct Server {
        var up = true
        var upStatus = true
        var weight: Int64 = 1
        var order: Int64 = 1
        var outstanding: Int64 = 0
        var forced: Int64 = 0
    }

    var servers: [Server]
    var epoch: UInt64 = 1
    var selections: [[UInt32]] = []
    var recordsSelections = true
    let query = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)

    init(count: Int) { servers = Array(repeating: Server(), count: count) }
    deinit { query.deallocate() }

    private static func at(_ context: UnsafeMutableRawPointer?) -> FakePlane {
        guard let context else { preconditionFailure("no context") }
        return Unmanaged<FakePlane>.fromOpaque(context).takeUnretainedValue()
    }

    /// The test keeps `self` alive while the VM is.
    func callbacks() -> PlaneCallbacks {
        PlaneCallbacks(
            context: Unmanaged.passUnretained(self).toOpaque(),
            readServer: { context, ordinal, field in
                let server = FakePlane.at(context).servers[Int(ordinal)]
                switch PlaneServerField(rawValue: field) {
                case .isUp: return server.up ? 1 : 0
                case .outstanding: return server.outstanding
                case .upStatus: return server.upStatus ? 1 : 0
                case .weight: return server.weight
                case .order: return server.order
                default: return 7
                }
            },
            writeServer: { context, ordinal, _, value in
                let plane = FakePlane.at(context)
                plane.servers[Int(ordinal)].forced = value
                if value == PlaneForcedState.down.rawValue {
                    plane.servers[Int(ordinal)].up = false
                }
            },
            select: { context, builtin, ordinals, count, _ in
                let plane = FakePlane.at(context)
                if plane.recordsSelections {
                    plane.selections.append(
                        Array(UnsafeBufferPointer(start: ordinals, count: Int(count))))
                }
                return builtin == 9 ? -1 : count - 1
            },
            epoch: { context in FakePlane.at(context).epoch },
            queryField: { _, _, subject, name, length, result in
                let field = PlaneFieldWriter(result)
                let text = String(
                    decoding: UnsafeBufferPointer(start: name, count: length), as: UTF8.self)
                switch (subject, text) {
                case (0, "qtype"): field.set(Int64(28))
                case (0, "tcp"): field.set(false)
                case (0, "qname"): field.setSubject(1)
                case (0, "pool"): field.set("")
                case (0, "broken"): field.raise("dq.broken is broken")
                default: break
                }
            },
            queryMethod: { _, _, subject, method, arguments, count, result in
                let field = PlaneFieldWriter(result)
                let given = PlaneArguments(arguments, count: count)
                switch (subject, method) {
                case (1, 0): field.set("www.example.")
                case (1, 1): field.set(given.subject(0) == 1)
                case (1, 2): field.set(given.integer(0) ?? -1)
                default: field.setNil()
                }
            })
    }

    func makeVM(limits: LuaLimits = LuaLimits()) throws -> PlanePolicyVM {
        let plane = try PlanePolicyVM(LuaVM(name: "plane", limits: limits), callbacks())
        try setUp(plane)
        return plane
    }

    func setUp(_ plane: PlanePolicyVM) throws(LuaError) {
        try plane.defineSubject(0, name: "dq", methods: ["getDO"])
        try plane.defineSubject(1, name: "qname", methods: ["toString", "isPartOf", "echo"])
        try plane.defineBuiltin(0, name: "wrandom")
        try plane.defineBuiltin(9, name: "nobody")
        for ordinal in servers.indices {
            try plane.addServer(
                ordinal: UInt32(ordinal), name: "s\(ordinal)", address: "192.0.2.\(ordinal):53",
                identifier: "id-\(ordinal)")
        }
    }
}
