// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What of the service is on this host now.
public struct LocalPresence: Hashable, Sendable {
    /// Addresses of the interfaces that are up.
    public var addresses: Set<IPAddress>
    /// Addresses of declared listeners whose sockets are not bound; a wildcard stands for its
    /// family. Empty when we listen on nothing, because then another program answers.
    public var unboundListeners: Set<IPAddress>

    public init(addresses: Set<IPAddress> = [], unboundListeners: Set<IPAddress> = []) {
        self.addresses = addresses
        self.unboundListeners = unboundListeners
    }

    /// Why `address` would be a black hole here, or `nil` when it is served.
    func absence(of address: IPAddress) -> String? {
        guard addresses.contains(address) else {
            return "address \(address) is not on this host"
        }
        let wildcard = address.family == .v4 ? IPAddress.anyV4 : IPAddress.anyV6
        if unboundListeners.contains(address) || unboundListeners.contains(wildcard) {
            return "the listener on \(address) is not bound"
        }
        return nil
    }
}
