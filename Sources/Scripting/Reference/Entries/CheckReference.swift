// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let checks = """
        newCheck{name = "…", run = function(ctx) … end, …} → check
            Declares a check. `run` returns true, false or {score = 0…1}, and a detail; what it
            raises when a call could not complete is down, a mistake in it is an error.
        newCheck.name = "resolver"
            Its identity: status, metrics, and what a reload keeps. Required.
        newCheck.run = function(ctx)
            Runs at every interval as a coroutine. Required.
        newCheck.run.score = 0.5
        newCheck.run.detail = "words"
            In the table that it may return: up, with a score from 0 to 1, and what status shows.
        newCheck.interval = 1
            Seconds from start to start.
        newCheck.fastInterval = 0.2
            The same while it is rising or falling.
        newCheck.timeout = 0.2
            Seconds of one run; unless given, the smallest of 0.5 and the intervals.
        newCheck.rise = 3
        newCheck.fall = 3
            Results in a row that make it up, and down.
        newCheck.hardFail = "count"
            With "confirm" a run whose call was refused or reset, or found no program, is repeated at
            once, and two such in a row make the check down whatever `fall` says.
        newCheck.restartGrace = 0
            For so many seconds after the last success no failure makes it down: what it checks may
            restart meanwhile.
        newCheck.errorGrace = 60
            Seconds that mistakes of the script leave its last verdict standing.
        newCheck.splay = 0
            Seconds of which a random part delays the first run.
        newCheck.disableFile = "disable/NAME"
            While this file exists the check is disabled.
        newCheck.targets = {"192.0.2.1", …}
            A list of texts, or a table of them by name: one run and one verdict each. A server
            behind the check has the verdict of the target that is its address.
        newCheck.targetsUp = "all"
            What the check as a whole needs to be up: "all" targets, "any", or how many.
        check.name → text
            Its name.
        ctx → table
            What `run` is given.
        ctx.name → text
        ctx.target → text or nil
            The check's name, and the address of this run when it has targets.
        ctx.previous → table or nil
            The last verdict; nil on the first run.
        ctx.deadline → number
            Seconds that this run may take.
        previous.up → true or false
        previous.detail → text
            The last verdict, in ctx.previous.
        """
}
