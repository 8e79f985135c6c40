// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// An address on which queries are answered, over UDP and TCP both (`setLocal`, `addLocal`).
public struct ListenerDeclaration: Hashable, Sendable {
    public var endpoint: Endpoint
    /// `SO_BINDTODEVICE`, from the option `interface`.
    public var interface: String?
    /// The queue of `listen(2)`.
    public var tcpListenQueueSize: Int

    public init(endpoint: Endpoint, interface: String? = nil, tcpListenQueueSize: Int = 4096) {
        self.endpoint = endpoint
        self.interface = interface
        self.tcpListenQueueSize = tcpListenQueueSize
    }
}
