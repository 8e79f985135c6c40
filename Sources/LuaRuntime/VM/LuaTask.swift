// SPDX-License-Identifier: Apache-2.0

import CLua

/// Is a script function that runs as a coroutine: host functions may suspend it, and the host
/// resumes it with their results. Belongs to its VM's thread.
public final class LuaTask {
    public enum Step: Sendable, Equatable {
        case suspended
        case finished([LuaValue])
        case failed(LuaError)
        /// Nothing was resumed: the completion is stale, or the task has ended.
        case ignored
    }

    public enum State: Sendable, Equatable { case ready, running, suspended, ended }

    public private(set) var state = State.ready
    /// Counts suspensions: a completion that remembers it cannot resume a later one by mistake.
    public private(set) var suspension: UInt64 = 0
    /// The CPU budget of one resume, by default the VM's call budget.
    public var budgetMilliseconds: Int?

    private let vm: LuaVM
    private var handle: OpaquePointer?
    private var startFailure: LuaError?

    init(vm: LuaVM, function: LuaFunction, arguments: [LuaValue]) {
        self.vm = vm
        guard vm.isOpen else {
            startFailure = LuaError(kind: .internal, message: "Lua VM \(vm.name) is closed")
            return
        }
        let bytes = ValueEncoder.list(arguments)
        let status = clua_task_start(
            vm.handle, function.reference, bytes, bytes.count, &handle)
        if status != CLUA_OK { startFailure = vm.failure(status) }
    }

    deinit { cancel() }

    /// Runs until the next suspension or the end. The first resume begins the function and ignores
    /// `values`; later ones become the results of the call that suspended. With `suspension`, does
    /// nothing unless the task still is in that very suspension.
    public func resume(_ values: [LuaValue] = [], suspension: UInt64? = nil) -> Step {
        resume(ValueEncoder.list(values), raises: false, suspension)
    }

    /// Raises an error at the call that suspended, with the script's place put in front.
    public func resume(raising message: String, suspension: UInt64? = nil) -> Step {
        resume(Array(message.utf8), raises: true, suspension)
    }

    /// Ends the task where it stands. Completions that come later are ignored.
    public func cancel() {
        guard state != .ended else { return }
        state = .ended
        guard let handle, vm.isOpen else { return }
        self.handle = nil
        clua_task_end(handle)
    }

    private func resume(_ bytes: [UInt8], raises: Bool, _ expected: UInt64?) -> Step {
        guard state == .ready || state == .suspended else { return .ignored }
        if let expected, expected != suspension { return .ignored }
        if let startFailure {
            state = .ended
            return .failed(startFailure)
        }
        guard let handle, vm.isOpen else {
            state = .ended
            return .ignored
        }
        state = .running
        let ticks = vm.budgetTicks(budgetMilliseconds)
        let status = clua_task_resume(handle, bytes, bytes.count, raises, ticks)
        // Cancelled by a host function that it called itself: C has ended it.
        if state == .ended { return .ignored }
        switch status {
        case CLUA_SUSPENDED:
            state = .suspended
            suspension += 1
            return .suspended
        case CLUA_OK:
            let results = vm.takeInput()
            cancel()
            return .finished(results)
        default:
            let error = vm.failure(status)
            cancel()
            return .failed(error)
        }
    }
}
