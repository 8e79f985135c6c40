// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let limits = """
        setScriptLimits{policyBudget = 0.001, …}
            Sets the budgets and the memory cap of scripts.
        setScriptLimits.policyBudget = 0.001
            CPU seconds of one call of a policy, a LuaRule or a LuaAction, from 1 ms to 1 s.
        setScriptLimits.checkBudget = 0.05
            CPU seconds of a check between two waits, and of one call of a rule, a plan, a timer or
            a callback, from 1 ms to 10 s.
        setScriptLimits.memory = "128MB"
            What each virtual machine may hold, from this call on, from 1MB to 4096MB.
        """
}
