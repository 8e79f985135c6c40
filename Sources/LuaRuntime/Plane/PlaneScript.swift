// SPDX-License-Identifier: Apache-2.0

import CLua

/// Is what a rule or an action that is a script is called for.
public enum PlaneScript: Sendable {
    /// Returns true or false, as 1 or 0.
    case rule
    /// Returns a number from 0 up to this, and perhaps text.
    case action(numbers: Int32)
}

extension PlanePolicyVM {
    /// Calls a rule's or an action's function with a part of the query.
    ///
    /// Returns its number or a negative code for ``PlaneDecision``, and passes what it said beside
    /// it to `text`: bytes that stay until the next such call. Allocates nothing on the Swift side.
    public func callScript(
        _ function: Int32, _ script: PlaneScript, subject: Int32,
        query: UnsafeRawPointer, text: (UnsafeBufferPointer<UInt8>) -> Void
    ) -> Int32 {
        guard vm.isOpen else { return Int32(CLUA_DECISION_INTERNAL) }
        var native = clua_plane_script()
        native.function = function
        native.subject = subject
        native.query = query
        native.ticks = Int32(budgetMilliseconds)
        switch script {
        case .rule: native.kind = Int32(CLUA_SCRIPT_RULE)
        case .action(let numbers):
            native.kind = Int32(CLUA_SCRIPT_ACTION)
            native.numbers = numbers
        }
        let code = clua_plane_call_script(vm.handle, &native)
        text(UnsafeBufferPointer(start: native.text, count: native.text_length))
        return code
    }
}

extension LuaVM {
    /// Whether built-in policies that the scripts of `file` call return an index into their list, as
    /// from dnsdist 2.1 on, instead of a server.
    public func setReturnsIndex(_ returnsIndex: Bool, in file: String) throws(LuaError) {
        try requireOpen()
        guard clua_set_returns_index(handle, file, returnsIndex) else {
            throw LuaError(kind: .memory, message: "not enough memory for a file's name")
        }
    }
}
