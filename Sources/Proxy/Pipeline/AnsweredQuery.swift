// SPDX-License-Identifier: Apache-2.0

public import Balancing

/// The query that a server's answer is for, as the rules on answers see it; borrows everything.
public struct AnsweredQuery {
    /// The octets of its question: name, type and class.
    public var question: UnsafeRawBufferPointer
    /// A `sockaddr_in` or `sockaddr_in6`.
    public var client: UnsafeRawPointer
    /// The address that was asked, of the same form.
    public var local: UnsafeRawPointer
    public var overTCP: Bool
    public var server: ServerHandle
    public var state: UnsafeMutablePointer<QueryState>
    public var nowMicroseconds: UInt64

    public init(
        question: UnsafeRawBufferPointer, client: UnsafeRawPointer, local: UnsafeRawPointer,
        overTCP: Bool, server: ServerHandle, state: UnsafeMutablePointer<QueryState>,
        nowMicroseconds: UInt64
    ) {
        self.question = question
        self.client = client
        self.local = local
        self.overTCP = overTCP
        self.server = server
        self.state = state
        self.nowMicroseconds = nowMicroseconds
    }
}
