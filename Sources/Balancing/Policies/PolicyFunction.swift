// SPDX-License-Identifier: Apache-2.0

/// A policy that lives outside Swift: how the plane calls a script without knowing what runs it.
///
/// `query` points to a ``PolicyQuery``, which a C signature cannot name. It returns a server's
/// ordinal (0 or more) or one of ``PolicyResult``'s numbers, never throws and never blocks.
public typealias PolicyFunction =
    @convention(c) (
        _ context: UnsafeMutableRawPointer, _ policySlot: Int32, _ poolSlot: Int32,
        _ query: UnsafeRawPointer
    ) -> Int32

/// A selector or an action that is a script: `LuaRule`, `LuaAction`, `LuaResponseAction`.
///
/// `query` points to a ``PolicyQuery``, whose message, state and text it may change. It returns 0 or
/// 1 for a rule, a `ScriptAction`'s or `ScriptResponseAction`'s number for an action, or one of
/// ``PolicyResult``'s negative numbers.
public typealias ScriptFunction =
    @convention(c) (
        _ context: UnsafeMutableRawPointer, _ slot: Int32, _ kind: Int32,
        _ query: UnsafeMutableRawPointer
    ) -> Int32

/// Which kind of function a ``ScriptFunction`` is asked to call.
public enum ScriptCallKind: Int32, Sendable {
    case rule, action, responseAction
}

/// What a ``PolicyFunction`` returns instead of a server.
public enum PolicyResult {
    /// The policy says that no server is to answer.
    public static let none: Int32 = -1
    /// It raised an error.
    public static let error: Int32 = -2
    /// It used up its CPU budget.
    public static let timeout: Int32 = -3
    /// It returned something that is no server.
    public static let nonsense: Int32 = -4
}

/// The scripts of one generation, as the plane needs them.
public struct PolicyScripts {
    public let function: PolicyFunction
    /// For rules and actions.
    public let script: ScriptFunction
    /// One for each plane thread: the workers in order, the stream loop last.
    public let contexts: [UnsafeMutableRawPointer]

    public init(
        function: @escaping PolicyFunction, script: @escaping ScriptFunction,
        contexts: [UnsafeMutableRawPointer]
    ) {
        self.function = function
        self.script = script
        self.contexts = contexts
    }
}
