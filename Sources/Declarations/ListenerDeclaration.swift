// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// An address on which queries are answered, over UDP and TCP both (`setLocal`, `addLocal`).
public struct ListenerDeclaration: Hashable, Sendable {
    public var endpoint: Endpoint
    /// `SO_BINDTODEVICE`, from the option `interface`.
    public var interface: String?
    /// The queue of `listen(2)`.
    public var tcpListenQueueSize: Int
    /// The queue of TCP Fast Open; 0 for none of it.
    public var tcpFastOpenQueueSize: Int

    public init(
        endpoint: Endpoint, interface: String? = nil, tcpListenQueueSize: Int = 4096,
        tcpFastOpenQueueSize: Int = 0
    ) {
        self.endpoint = endpoint
        self.interface = interface
        self.tcpListenQueueSize = tcpListenQueueSize
        self.tcpFastOpenQueueSize = tcpFastOpenQueueSize
    }
}
