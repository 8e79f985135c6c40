// SPDX-License-Identifier: Apache-2.0

import BareLua

/// A shipped policy in a Lua of its own, on plain tables.
final class PlainLua {
    private let bare: OpaquePointer

    init(setup: String, policy: String, servers: Int) throws {
        var error = [CChar](repeating: 0, count: 512)
        guard
            let bare = bare_lua_open(
                setup, policy, Int64(servers), &error, Int32(error.count))
        else {
            let text = error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw PolicyBed.Fault(description: String(decoding: text, as: UTF8.self))
        }
        self.bare = bare
    }

    deinit { bare_lua_close(bare) }

    func run(calls: Int) -> Int { Int(bare_lua_run(bare, Int64(calls))) }
}
