// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let limits = """
        setScriptLimits{policyBudget = 0.001, …}
            Sets the budgets and the memory cap of scripts.
        setScriptLimits.policyBudget = 0.001
            CPU seconds of one call of a policy, a LuaRule or a LuaAction, from 1 ms to 1 s.
        setScriptLimits.checkBudget = 0.05
            CPU seconds of a check between two waits, and of one call of a rule, a plan, a timer, a
            callback or a checkFunction, from 1 ms to 10 s.
        setScriptLimits.loadTime = 10
            CPU seconds of reading the configuration, from 100 ms to 60 s; by the clock it may take
            three times as long. Counts from the start of the file, for the file that says it.
        setScriptLimits.memory = "128MB"
            What each virtual machine may hold, from this call on, from 1MB to 4096MB.
        setScriptLimits.patternSteps = 50000000
            Elementary steps of one find, match, gmatch or gsub, from 10000 to 1000000000.
        setScriptLimits.textSize = "1MB"
            One text that rep, concat or format makes after loading, from 64KB to 64MB.
        """
}
