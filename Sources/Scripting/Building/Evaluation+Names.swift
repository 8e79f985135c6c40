// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// Everything that scripts see, in the order it is defined: the same in every VM.
extension Evaluation {
    func defineNames() throws(LuaError) {
        try defineLogNames()
        try defineTableNames()
        try defineListenerNames()
        try defineServerNames()
        try definePoolNames()
        try definePolicyNames()
        try defineMatchNames()
        try defineBlockNames()
        try defineConventionNames()
        try defineRuleNames()
        try definePacketCacheNames()
        try defineCheckNames()
        try defineNeighborNames()
        try defineAnnouncementNames()
        try defineHelperNames()
        try defineSharedNames()
        try defineTimerNames()
        try defineStateChangeNames()
        try defineLimitNames()
        try defineShippedNames()
        try vm.define("__pharos.list") { [unowned self] call in
            guard let path = call[0].text else {
                call.results = [.boolean(false), .text("includeDirectory: give a folder's path")]
                return .returned
            }
            // As with dnsdist, what is not there is said and the file goes on: a packaged
            // configuration names a folder that nobody has made yet.
            let files = listFolder(path)
            if files == nil {
                warn(
                    "includeDirectory: '\(path)' cannot be read: nothing is included",
                    at: location(of: call))
            }
            call.results = [
                .boolean(true), .table(LuaTable(array: (files ?? []).map { .text($0) })),
            ]
            return .returned
        }
        try defineAcceptedNames()
        for path in Self.preludeNames + Self.shippedNames
            + (role == .control ? Self.waitingNames : [])
        {
            noteDefined(path)
        }
        try vm.set("node", .table(LuaTable(["name": .text(nodeName)])))
        var values = LuaTable()
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) { values[key] = .text(value) }
        try vm.set("setting", .table(values))
        if role == .control {
            try defineServerObjects()
            try defineHealthCheckHeader()
        } else {
            try plane?.defineMethods(of: self)
            try refuseWaiting()
        }
    }

    /// The calls that wait exist in checks only; in a policy they say so (STYLE rule 36).
    private func refuseWaiting() throws(LuaError) {
        for path in Self.waitingNames {
            try define(path) { (_, _) throws(ArgumentError) in
                throw ArgumentError(
                    "\(path): not available in a balancing policy; only a check's run may wait")
            }
        }
    }

    /// Defined by the VM or the prelude.
    private static let preludeNames = [
        "includeDirectory", "dofile", "require", "newDNSName", "newDNSNameFromRaw", "newCA",
        "newCAFromRaw", "newNetmask", "exabgp", "healthcheck",
    ]

    /// Defined in control's VM by the prelude.
    static let waitingNames = [
        "dns.query", "tcp.connect", "http.get", "exec.run", "exec.shell", "exec.check",
        "file.exists", "file.age", "file.read", "sleep",
        "check.all", "check.any", "check.quorum",
    ]
}
