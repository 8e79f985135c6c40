// SPDX-License-Identifier: Apache-2.0

import CLua

/// Is one Lua virtual machine with its own memory cap, budget and host functions.
///
/// Used by one thread at a time; it may move between threads while nothing runs in it. Scripts
/// never see a Swift frame below them: the C side copies arguments to bytes, a host function runs
/// and returns, and only then does C push, raise or yield.
public final class LuaVM {
    /// What runs, and so what scripts may do.
    public enum Phase: Hashable, Sendable {
        /// Evaluating a configuration: the full library.
        case load
        case check
        case rule
        case policy
        /// A timer, a state callback or a person's command: may act on servers, and not declare.
        case action
        /// A planned policy's function.
        case plan
    }

    public let name: String
    public private(set) var limits: LuaLimits

    /// Blocking calls raise outside `.load`, suspending ones outside `.check`.
    public var phase: Phase = .load {
        didSet { if isOpen { clua_set_phase(handle, phase.native) } }
    }

    /// What evaluation may differ in; replaced to record or replay it. Asked in phase `.load`.
    public var environment: EnvironmentHooks = .system {
        didSet { needsSeed = true }
    }

    /// The same for what runs after evaluation: os.time() in a check is never replayed.
    public var runtimeEnvironment: EnvironmentHooks = .system

    var needsSeed = false
    /// Takes a seed for math.random.
    var seedFunction: LuaFunction?

    /// False once `close` was called: every call then fails.
    public private(set) var isOpen = true

    let handle: OpaquePointer
    private var functions: [Registration] = []

    private struct Registration {
        /// Where the receiver's own call put it among the arguments.
        let takesReceiver: Bool
        let body: HostFunction
    }

    /// Opens the libraries. Throws when the memory cap is too small for them.
    public init(name: String, limits: LuaLimits = LuaLimits()) throws(LuaError) {
        self.name = name
        self.limits = limits
        guard let handle = clua_create(Int(limits.memoryBytesMax)) else {
            throw LuaError(kind: .memory, message: "not enough memory to create a Lua VM")
        }
        self.handle = handle
        clua_set_host(handle, Unmanaged.passUnretained(self).toOpaque(), LuaVM.enterHost)
        try check(clua_set_up(handle))
        try openEnvironment()
    }

    deinit { close() }

    /// Ends the VM and frees all it holds. Tasks that were suspended are gone.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        clua_close(handle)
        functions = []
    }

    /// Bytes that the VM holds now, buffers for crossings included.
    public var memoryBytes: Int { isOpen ? clua_memory_bytes(handle) : 0 }

    /// Changes the memory cap, from the next allocation on; out of range it is moved to its nearest
    /// end.
    public func setMemoryBytesMax(_ bytes: Int) {
        limits.memoryBytesMax = bytes
        if isOpen { clua_set_memory_max(handle, limits.memoryBytesMax) }
    }

    /// Changes the CPU budget of loading, for the file that is being read as well.
    public func setLoadBudget(milliseconds: Int) {
        limits.loadBudgetMilliseconds = milliseconds
        guard isOpen, phase == .load else { return }
        clua_set_budget(handle, Int32(limits.loadBudgetMilliseconds))
    }

    /// Bounds what one search may take and what one text that is made after loading may hold.
    public func setBounds(patternSteps: Int, textBytes: Int) {
        guard isOpen else { return }
        clua_set_bounds(handle, Int32(clamping: patternSteps), max(0, textBytes))
    }

    /// Collects all garbage: between runs, not in the plane.
    public func collect() {
        if isOpen { clua_collect(handle) }
    }

    // MARK: Results of C calls

    func check(_ status: clua_status) throws(LuaError) {
        if status != CLUA_OK { throw failure(status) }
    }

    func requireOpen() throws(LuaError) {
        if !isOpen { throw LuaError(kind: .internal, message: "Lua VM \(name) is closed") }
    }

    func failure(_ status: clua_status) -> LuaError {
        let kind: LuaError.Kind =
            switch status {
            case CLUA_ERROR_SYNTAX: .syntax
            case CLUA_ERROR_RUNTIME: .runtime
            case CLUA_ERROR_MEMORY: .memory
            case CLUA_ERROR_TIMEOUT: .timeout
            default: .internal
            }
        let file = String(cString: clua_error_file(handle))
        let line = Int(clua_error_line(handle))
        return LuaError(
            kind: kind, message: String(cString: clua_error_message(handle)),
            file: file.isEmpty ? nil : file, line: line > 0 ? line : nil,
            traceback: String(cString: clua_error_traceback(handle)))
    }

    /// The values that the last call left.
    func takeInput() -> [LuaValue] {
        var length = 0
        let bytes = clua_input(handle, &length)
        return ValueDecoder.list(UnsafeRawBufferPointer(start: bytes, count: length))
    }

    // MARK: Host functions

    /// Keeps `body` and returns the number by which C calls it.
    func register(takesReceiver: Bool = false, _ body: @escaping HostFunction) -> Int32 {
        functions.append(Registration(takesReceiver: takesReceiver, body: body))
        return Int32(functions.count - 1)
    }

    var hostCaller: HostCall.Caller? {
        var line: Int32 = 0
        guard isOpen, let file = clua_caller(handle, &line) else { return nil }
        return HostCall.Caller(file: String(cString: file), line: Int(line))
    }

    private static let enterHost: clua_host = { context, function, bytes, length in
        // C passes back the pointer it was given in init; the VM outlives every call into it.
        guard let context else { return Int32(CLUA_RAISED.rawValue) }
        let vm = Unmanaged<LuaVM>.fromOpaque(context).takeUnretainedValue()
        let arguments = ValueDecoder.list(UnsafeRawBufferPointer(start: bytes, count: length))
        return vm.runHost(Int(function), arguments)
    }

    private func runHost(_ function: Int, _ values: [LuaValue]) -> Int32 {
        let registration = functions[function]
        var arguments = values
        var receiver: LuaObject?
        if registration.takesReceiver, case .object(let object)? = arguments.first {
            receiver = object
            arguments.removeFirst()
        }
        var call = HostCall(vm: self, arguments: arguments, receiver: receiver)
        switch registration.body(&call) {
        case .returned:
            let done =
                if let file = call.fileResult {
                    clua_output_file(
                        handle, file.bytes, file.bytes.count, file.waitStatus ?? -1)
                } else {
                    output(ValueEncoder.list(call.results))
                }
            if done { return Int32(CLUA_RETURNED.rawValue) }
            _ = output(Array("not enough memory for the results".utf8))
            return Int32(CLUA_RAISED.rawValue)
        case .raised(let message):
            _ = output(Array(message.utf8))
            return Int32(CLUA_RAISED.rawValue)
        case .suspended:
            return Int32(CLUA_SUSPEND.rawValue)
        }
    }

    private func output(_ bytes: [UInt8]) -> Bool { clua_output(handle, bytes, bytes.count) }
}

extension LuaVM.Phase {
    var native: clua_phase {
        switch self {
        case .load: CLUA_PHASE_LOAD
        case .check: CLUA_PHASE_CHECK
        case .rule: CLUA_PHASE_RULE
        case .policy: CLUA_PHASE_POLICY
        case .action: CLUA_PHASE_ACTION
        case .plan: CLUA_PHASE_PLAN
        }
    }
}
