// SPDX-License-Identifier: Apache-2.0

import Addressing
import LuaRuntime

/// `getAddressInfo(host, callback)`: dnsdist resolves beside its start and calls back later; here the
/// callbacks are called, in order, once the file was read, so that they too may declare.
extension Evaluation {
    func defineLookupNames() throws(LuaError) {
        try declare("getAddressInfo") { [unowned self] (arguments, _) throws(ArgumentError) in
            let host = try arguments.text(0, "hostname")
            guard !host.isEmpty else { throw arguments.wrong(0, "hostname", "a name") }
            pendingLookups.append((host, try arguments.function(1, "callback")))
            return []
        }
    }

    /// Calls the callbacks with the host and a list of addresses, empty when there are none. A
    /// callback may ask again.
    func answerLookups() throws(LuaError) {
        while !pendingLookups.isEmpty {
            let lookup = pendingLookups.removeFirst()
            defer { vm.release(lookup.callback) }
            let addresses = resolve(lookup.host).compactMap { address in
                LuaAddress(octets: address.bytes).map { LuaValue.address($0) }
            }
            _ = try vm.call(
                lookup.callback, [.text(lookup.host), .table(LuaTable(array: addresses))])
        }
    }
}
