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
    /// One for each plane thread: the workers in order, the stream loop last.
    public let contexts: [UnsafeMutableRawPointer]

    public init(function: PolicyFunction, contexts: [UnsafeMutableRawPointer]) {
        self.function = function
        self.contexts = contexts
    }
}
