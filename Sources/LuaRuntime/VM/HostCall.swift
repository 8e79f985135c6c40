// SPDX-License-Identifier: Apache-2.0

/// Is one call of a host function by a script: what it was given, and where its results go.
public struct HostCall {
    /// A place in a script.
    public struct Caller: Hashable, Sendable {
        public var file: String
        public var line: Int
    }

    /// What the script passed, without the receiver.
    public let arguments: [LuaValue]
    /// The object that a method, a field access or a call was made on.
    public let receiver: LuaObject?
    /// What the script gets when the outcome is `.returned`.
    public var results: [LuaValue] = []
    /// When set, the script gets one read-only file of these bytes instead of `results`.
    var fileResult: File?

    /// Is a file made of bytes; one of a command's output ends with its status.
    struct File {
        var bytes: [UInt8]
        var waitStatus: Int32?
    }

    private let vm: LuaVM

    init(vm: LuaVM, arguments: [LuaValue], receiver: LuaObject?) {
        self.vm = vm
        self.arguments = arguments
        self.receiver = receiver
    }

    /// The script's line that made the call; to be read before calling into the VM again.
    public var caller: Caller? { vm.hostCaller }

    /// The argument at `index` (from zero), nil when there are fewer.
    public subscript(_ index: Int) -> LuaValue {
        index < arguments.count ? arguments[index] : .nil
    }

    /// Releases every function among the arguments, for hosts that keep none of them.
    public func releaseFunctions() {
        for argument in arguments { vm.releaseFunctions(in: argument) }
    }
}

/// How a host function ends.
public enum HostOutcome: Hashable, Sendable {
    case returned
    /// Raises in the script, with the caller's place put in front.
    case raised(String)
    /// Suspends the task that called; `LuaTask.resume` continues it. Only for functions that were
    /// defined as suspending, so that the VM has checked beforehand that it can.
    case suspended
}

/// A function of the host that scripts call.
public typealias HostFunction = (inout HostCall) -> HostOutcome
