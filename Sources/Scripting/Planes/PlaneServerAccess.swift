// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import LuaRuntime

/// The leaf functions by which the kit's C reaches the plane's records. `context` is the
/// cell of the VM's ``PlaneBox``; while the configuration is read there are no records yet.
enum PlaneServerAccess {
    static let read: PlaneCallbacks.ReadServer = { context, ordinal, field in
        guard let server = handle(context, ordinal) else { return 0 }
        // Asked for every server of every query.
        if field == PlaneServerField.isUp.rawValue { return server.isUp ? 1 : 0 }
        guard let field = PlaneServerField(rawValue: field) else { return 0 }
        return switch field {
        case .isUp: server.isUp ? 1 : 0
        case .outstanding: Int64(server.outstanding)
        case .latencyMicroseconds: Int64(server.latencyMicroseconds)
        case .upStatus: server.upStatus ? 1 : 0
        case .weight: Int64(server.weight)
        case .order: Int64(server.order)
        case .drops: Int64(server.total(.drops))
        case .queries: Int64(server.total(.queries))
        case .forced: 0
        case .scaledScore: Int64(server.scaledScore)
        }
    }

    static let write: PlaneCallbacks.WriteServer = { context, ordinal, field, value in
        guard let server = handle(context, ordinal), let field = PlaneServerField(rawValue: field)
        else { return }
        switch field {
        case .upStatus: server.setUpStatus(value != 0)
        case .weight: _ = server.setWeight(Int(value))
        case .order: server.setOrder(Int(value))
        case .forced:
            switch PlaneForcedState(rawValue: value) {
            case .auto: server.force(.auto)
            case .up: server.force(.up)
            case .down: server.force(.down)
            case .autoPresumedUp:
                server.force(.auto)
                server.setUpStatus(true)
            case .autoPresumedDown:
                server.force(.auto)
                server.setUpStatus(false)
            case nil: break
            }
        case .isUp, .outstanding, .latencyMicroseconds, .drops, .queries, .scaledScore: break
        }
    }

    static let select: PlaneCallbacks.Select = { _, builtin, ordinals, count, query in
        guard let query, let ordinals, builtins.indices.contains(Int(builtin)) else { return -1 }
        let policy = builtins[Int(builtin)]
        let typed = query.assumingMemoryBound(to: PolicyQuery.self)
        return ordinals.withMemoryRebound(to: Int32.self, capacity: Int(count)) { list in
            typed.pointee.view.pointee.select(
                policy, from: UnsafeBufferPointer(start: list, count: Int(count)), for: typed)
        }
    }

    static let epoch: PlaneCallbacks.Epoch = { context in
        view(context)?.pointee.stateEpoch ?? 0
    }

    static let log: PlaneCallbacks.Log = { context, priority, text, length, file, line in
        context?.assumingMemoryBound(to: PlaneCell.self).pointee.log?.note(
            priority, UnsafeRawBufferPointer(start: text, count: length), file: file, line: line)
    }

    /// By the number that the kit knows them by.
    private static let builtins = BuiltinPolicy.allCases

    @inline(__always)
    private static func view(_ context: UnsafeMutableRawPointer?) -> UnsafePointer<PlaneView>? {
        context?.assumingMemoryBound(to: UnsafePointer<PlaneView>?.self).pointee
    }

    @inline(__always)
    private static func handle(
        _ context: UnsafeMutableRawPointer?, _ ordinal: UInt32
    ) -> ServerHandle? {
        guard let view = view(context), Int(ordinal) < view.pointee.serverCount else { return nil }
        return view.pointee.records[Int(ordinal)]
    }
}

extension PlaneCallbacks {
    /// How a plane's VM reaches the records and the query. `context` is the cell of a ``PlaneBox``.
    static func plane(context: UnsafeMutableRawPointer) -> PlaneCallbacks {
        PlaneCallbacks(
            context: context, readServer: PlaneServerAccess.read,
            writeServer: PlaneServerAccess.write, select: PlaneServerAccess.select,
            epoch: PlaneServerAccess.epoch, queryField: PlaneQueryAccess.field,
            queryMethod: PlaneQueryAccess.method, querySet: PlaneQueryAccess.set,
            nextRecord: PlaneRecordAccess.next, setTTL: PlaneRecordAccess.setTTL,
            log: PlaneServerAccess.log)
    }
}
