// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `webserver` and `setWebserverConfig`: where the metrics are, and who may read them.
extension Evaluation {
    static let webserverKeys = [
        "password", "apiKey", "acl", "statsRequireAuthentication",
    ]
    /// Known to dnsdist, and what happens instead.
    static let webserverKeysWithoutEffect: [(key: String, instead: String)] = [
        ("customHeaders", "the pages carry no further headers"),
        ("apiRequiresAuthentication", "there is no API"),
        ("dashboardRequiresAuthentication", "there is no dashboard"),
        ("maxConcurrentConnections", "connections to the web server are not counted"),
        ("hashPlaintextCredentials", "credentials are compared as they are"),
        ("prometheusAddInstanceLabel", "metrics carry no label instance"),
    ]
    static let allWebserverKeys = webserverKeys + webserverKeysWithoutEffect.map(\.key)

    func defineWebserverNames() throws(LuaError) {
        try declare("webserver") { [unowned self] (arguments, call) throws(ArgumentError) in
            configuration.webserver = try arguments.endpoint(0, "address", defaultPort: 8083)
            // Before dnsdist 1.8: password, key, headers and ACL by position.
            let place = location(of: call)
            if arguments.has(1) {
                configuration.webserverAccess.password = try credential(
                    arguments.text(1, "password"), "password", at: place)
            }
            if arguments.has(2) {
                configuration.webserverAccess.apiKey = try credential(
                    arguments.text(2, "apikey"), "apikey", at: place)
            }
            if arguments.has(3) {
                warnOnce(
                    "webserver: customHeaders", because: "the pages carry no further headers",
                    at: place)
            }
            if arguments.has(4) {
                configuration.webserverAccess.acl = try webserverACL(
                    arguments[4], call: "webserver")
            }
            return []
        }
        try declare("setWebserverConfig") {
            [unowned self] (arguments, call) throws(ArgumentError) in
            let keys = KeyReader(
                call: "setWebserverConfig", table: try arguments.table(0, "its argument"))
            try readWebserverAccess(keys, at: location(of: call))
            return []
        }
        // What it gives goes into `password` or `apiKey`, which are compared as they are: a hash, or
        // nothing, would shut or open the pages to all.
        try define("hashPassword") { (arguments, _) throws(ArgumentError) in
            [.text(try arguments.text(0, "password"))]
        }
    }

    private func readWebserverAccess(
        _ keys: KeyReader, at location: SourceLocation
    ) throws(ArgumentError) {
        for line in keys.strangers(Self.allWebserverKeys) { warn(line, at: location) }
        for (key, instead) in Self.webserverKeysWithoutEffect where keys.has(key) {
            warnOnce("setWebserverConfig: \(key)", because: instead, at: location)
        }
        if let password = try keys.text("password") {
            configuration.webserverAccess.password = credential(
                password, "password", at: location)
        }
        if let key = try keys.text("apiKey") {
            configuration.webserverAccess.apiKey = credential(key, "apiKey", at: location)
        }
        if let requires = try keys.boolean("statsRequireAuthentication") {
            configuration.webserverAccess.requiresAuthentication = requires
        }
        if keys.has("acl") {
            configuration.webserverAccess.acl = try webserverACL(
                keys["acl"], call: "setWebserverConfig")
        }
    }

    /// An empty text takes the credential away.
    private func credential(
        _ text: String, _ name: String, at location: SourceLocation
    ) -> String? {
        guard !text.isEmpty else { return nil }
        if WebserverAccess.isHashed(text) {
            warn(
                "webserver: \(name) is a hash, which is not supported yet: nobody's \(name) opens"
                    + " the pages; write it in plain text, or setWebserverConfig{"
                    + "statsRequireAuthentication=false} and rely on the acl", at: location)
        }
        return text
    }

    /// Netmasks as one text with commas, or as a list.
    private func webserverACL(
        _ value: LuaValue, call: String
    ) throws(ArgumentError) -> [IPPrefix] {
        let texts: [String?] =
            if case .table(let list) = value {
                list.array.map(\.asText)
            } else {
                value.asText.map { text in
                    text.split(whereSeparator: { $0 == "," || $0 == " " }).map { String($0) }
                } ?? [nil]
            }
        var prefixes: [IPPrefix] = []
        for text in texts {
            guard let text else {
                throw ArgumentError(
                    "\(call): acl must be netmasks, as text with commas, not \(value.words)")
            }
            prefixes.append(try AddressText.prefix(text, call: call, name: "acl"))
        }
        return prefixes
    }
}
