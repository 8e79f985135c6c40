// SPDX-License-Identifier: Apache-2.0

/// A policy as operators publish it for dnsdist: the algorithm in our words, the faults on purpose
/// (Docs/porting-from-dnsdist.md). `return servers` for a pool of one, `upStatus` where `isUp()` is
/// meant, and in the older ones no `local`, so that the lowest order is kept from query to query.
enum PublishedPolicy: String, CaseIterable, Sendable {
    /// `orderedwrandom.lua` since 2024: every variable is local.
    case orderedwrandom
    /// The same as it was first published: the variables are global.
    case orderedwrandomOfOld
    /// `orderedLeastOutstanding.lua`, which still has the globals.
    case orderedLeastOutstanding

    /// The file, its function installed.
    var text: String {
        let local = self == .orderedwrandom ? "local " : ""
        let builtin = self == .orderedLeastOutstanding ? "leastOutstanding" : "wrandom"
        return """
            function \(rawValue)(servers, dq)
                if #servers <= 1 then return servers end
                \(self == .orderedwrandom ? "local lowest" : "")
                \(local)serverlist = {}
                for i = 1, #servers do
                    if servers[i].upStatus == true then
                        \(local)order = servers[i].order
                        if type(serverlist[order]) ~= "table" then serverlist[order] = {} end
                        if type(lowest) ~= "number" or order < lowest then lowest = order end
                        table.insert(serverlist[order], servers[i])
                    end
                end
                if lowest ~= nil and serverlist[lowest] ~= nil then
                    return \(builtin).policy(serverlist[lowest], dq)
                end
                return \(builtin).policy(servers, dq)
            end
            setServerPolicyLua("\(rawValue)", \(rawValue))

            """
    }
}
