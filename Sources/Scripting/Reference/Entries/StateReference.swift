// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let state = """
        shared → object
            What all virtual machines share: `shared.name`, `shared.name = value`; numbers, truths
            and short texts.
        shared:add(name, number) → number
            Adds to a number, from 0 when it is not there, and returns the sum.
        shared:compareAndSet(name, expected, value) → true or false
            Writes the value when what is expected is still there, in one step, and says whether it
            did; nil stands for a name that is not there.
        every(5, function() … end)
            Calls the function every so many seconds, start to start, the first time after one
            interval. It may act on servers and shared values; a reload ends it unless it is
            declared again.
        addMaintenanceCallback(function() … end)
            Calls the function once a second, as a global function maintenance() is.
        onStateChange(function(change) … end)
            Calls the function after a check, a server, a route or a session changed. It decides
            nothing.
        change.kind → text
        change.name → text
        change.target → text or nil
        change.address → text or nil
        change.from → text
        change.to → text
        change.detail → text
        change.at → number
            What changed: "check", "server", "route" or "neighbor", its name, a check's target or a
            route's neighbour, a server's address, from what to what, why, and when (Unix time).
        addServerStateChangeCallback(function(nameWithAddress, isUp) … end)
            Calls the function after a server went up or down.
        setting → table
            What --set KEY=VALUE says, by KEY.
        """
}
