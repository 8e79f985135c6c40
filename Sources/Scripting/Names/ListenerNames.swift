// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `setLocal`, `addLocal`, `setACL` and its siblings: where we listen, and to whom.
extension Evaluation {
    /// dnsdist's options of `setLocal` and `addLocal`; those that say nothing here are accepted.
    static let listenerOptions = [
        "interface", "tcpListenQueueSize", "doTCP", "reusePort", "tcpFastOpenQueueSize",
        "tcpFastOpenSize", "cpus", "maxInFlight", "maxConcurrentTCPConnections",
        "enableProxyProtocol", "xskSocket",
    ]
    /// Options that change something in dnsdist, and what happens instead. The others say how the
    /// same is done: several threads and TCP are there in any case.
    static let listenerOptionsWithoutEffect: [(key: String, instead: String)] = [
        ("enableProxyProtocol", "a PROXY header is not understood"),
        ("xskSocket", "packets go through the kernel"),
        ("maxInFlight", "queries over one connection never wait for each other"),
        ("maxConcurrentTCPConnections", "the bound is over all listeners"),
        ("cpus", "threads run where the kernel puts them"),
    ]

    /// The queue of `listen(2)`; the kernel caps it at `net.core.somaxconn`.
    private static let listenQueueSizes = 1...65_535
    /// Connections of TCP Fast Open that wait to be accepted.
    private static let fastOpenQueueSizes = 0...65_535

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
        try declare("rmACL") { [unowned self] (arguments, call) throws(ArgumentError) in
            let removed = try prefixes(arguments, 0, "netmask")
            for prefix in removed where !configuration.acl.contains(prefix) {
                // As in dnsdist, only what was added is taken away, not a part of it.
                warn("rmACL: \(prefix) is not in the ACL", at: location(of: call))
            }
            configuration.acl.removeAll { removed.contains($0) }
            return []
        }
        try declare("setACLFromFile") { [unowned self] (arguments, _) throws(ArgumentError) in
            configuration.acl = try prefixes(inFile: try arguments.text(0, "file"))
            return []
        }
        try defineSettingNames()
        try defineIdentityNames()
        try defineWebserverNames()
        try defineFrontendNames()
        try defineLookupNames()
    }

    /// A prefix a line; lines that are empty or begin with `#` say nothing.
    private func prefixes(inFile path: String) throws(ArgumentError) -> [IPPrefix] {
        let bytes: [UInt8]
        switch readFile(path) {
        case .bytes(let read): bytes = read
        case .failure(let message, _): throw ArgumentError("setACLFromFile: \(message)")
        }
        var prefixes: [IPPrefix] = []
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            let text = line.filter { !$0.isWhitespace }
            guard !text.isEmpty, !text.hasPrefix("#") else { continue }
            guard let prefix = IPPrefix(text) else {
                throw ArgumentError(
                    "setACLFromFile: \(path):\(number + 1): '\(text)' is not a prefix")
            }
            prefixes.append(prefix)
        }
        return prefixes
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
        for (key, instead) in Self.listenerOptionsWithoutEffect where keys[key].isTrue {
            warnOnce("\(arguments.call): \(key)", because: instead, at: location(of: call))
        }
        let queue = try keys.integer("tcpListenQueueSize", in: Self.listenQueueSizes)
        // Published files use either name; the second is that of dnsdist's other listeners.
        let fastOpenKey = keys.has("tcpFastOpenSize") ? "tcpFastOpenSize" : "tcpFastOpenQueueSize"
        let fastOpen = try keys.integer(fastOpenKey, in: Self.fastOpenQueueSizes)
        return ListenerDeclaration(
            endpoint: endpoint, interface: try keys.text("interface"),
            tcpListenQueueSize: queue ?? 4_096, tcpFastOpenQueueSize: fastOpen ?? 0)
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
