// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `setLocal`, `addLocal`, `setACL`, `addACL`, `webserver`: where we listen, and to whom.
extension Evaluation {
    /// dnsdist's options of `setLocal` and `addLocal`; those that say nothing here are accepted.
    static let listenerOptions = [
        "interface", "tcpListenQueueSize", "doTCP", "reusePort", "tcpFastOpenQueueSize", "cpus",
        "maxInFlight", "maxConcurrentTCPConnections", "enableProxyProtocol", "xskSocket",
    ]
    /// Options that would change what clients see, which we do not do yet.
    private static let listenerOptionsWithoutEffect = [
        "enableProxyProtocol", "xskSocket", "maxInFlight", "maxConcurrentTCPConnections", "cpus",
    ]

    /// The queue of `listen(2)`; the kernel caps it at `net.core.somaxconn`.
    private static let listenQueueSizes = 1...65_535

    func defineListenerNames() throws(LuaError) {
        try declare("setLocal") { [unowned self] (arguments, call) throws(ArgumentError) in
            configuration.listeners = [try listener(arguments, call)]
            return []
        }
        try declare("addLocal") { [unowned self] (arguments, call) throws(ArgumentError) in
            let added = try listener(arguments, call)
            var listeners = configuration.listeners ?? []
            // dnsdist's idiom for more threads: the same address again with reusePort.
            if !listeners.contains(where: { $0.endpoint == added.endpoint }) {
                listeners.append(added)
            }
            configuration.listeners = listeners
            return []
        }
        try declare("setACL") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.acl = try prefixes(arguments, 0, "netmask")
            return []
        }
        try declare("addACL") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.acl += try prefixes(arguments, 0, "netmask")
            return []
        }
        try declare("webserver") { [unowned self] (arguments, call) throws(ArgumentError) in
            configuration.webserver = try arguments.endpoint(0, "address", defaultPort: 8083)
            if arguments.count > 1 {
                warnOnce("webserver: password and API key", at: location(of: call))
            }
            return []
        }
    }

    private func listener(
        _ arguments: Arguments, _ call: HostCall
    ) throws(ArgumentError) -> ListenerDeclaration {
        let endpoint = try arguments.endpoint(0, "address", defaultPort: 53)
        guard !arguments[1].isNil else { return ListenerDeclaration(endpoint: endpoint) }
        // Before its 1.4 dnsdist took doTCP, reusePort, … by position.
        guard case .table(let options) = arguments[1] else {
            return ListenerDeclaration(endpoint: endpoint)
        }
        let keys = KeyReader(call: arguments.call, table: options)
        for line in keys.strangers(Self.listenerOptions) { warn(line, at: location(of: call)) }
        for key in Self.listenerOptionsWithoutEffect where keys[key].isTrue {
            warnOnce("\(arguments.call): \(key)", at: location(of: call))
        }
        let queue = try keys.integer("tcpListenQueueSize", in: Self.listenQueueSizes)
        return ListenerDeclaration(
            endpoint: endpoint, interface: try keys.text("interface"),
            tcpListenQueueSize: queue ?? 4_096)
    }

    /// One prefix, or a list of them.
    func prefixes(
        _ arguments: Arguments, _ index: Int, _ name: String
    ) throws(ArgumentError) -> [IPPrefix] {
        if let prefixes = prefixes(of: arguments[index]) { return prefixes }
        guard case .table(let list) = arguments[index] else {
            let text = try arguments.text(index, name)
            return [try AddressText.prefix(text, call: arguments.call, name: name)]
        }
        var prefixes: [IPPrefix] = []
        for value in list.array {
            guard let text = value.asText else {
                throw ArgumentError("\(arguments.call): \(value.words) is not a prefix")
            }
            prefixes.append(try AddressText.prefix(text, call: arguments.call, name: name))
        }
        return prefixes
    }
}
