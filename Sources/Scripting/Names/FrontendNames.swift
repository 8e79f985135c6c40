// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Listeners that we do not have: each address is named in a warning, and nothing listens there.
///
/// Their objects take every method that dnsdist's have.
extension Evaluation {
    private static let frontends: [(name: String, port: UInt16, transport: String)] = [
        ("addTLSLocal", 853, "DNS over TLS"), ("addDOHLocal", 443, "DNS over HTTPS"),
        ("addDOH3Local", 443, "DNS over HTTP/3"), ("addDOQLocal", 853, "DNS over QUIC"),
        ("addDNSCryptBind", 443, "DNSCrypt"),
    ]

    private static let frontendMethods = [
        "reload", "loadNewCertificate", "loadNewCertificatesAndKeys", "reloadCertificates",
        "loadTicketsKey", "loadTicketsKeys", "rotateTicketsKey", "rotateTicketsKeys",
        "setResponsesMap", "addCertificate", "generateAndLoadInMemoryCertificate",
        "markActive", "markInactive", "removeInactiveCertificate", "getAddressAndPort",
        "getNumberOfTicketsKeys", "getTicketsKeysCount", "attachFilter", "detachFilter",
    ]

    func defineFrontendNames() throws(LuaError) {
        for (name, port, transport) in Self.frontends {
            try declare(name) { [unowned self] (arguments, call) throws(ArgumentError) in
                let endpoint = try arguments.endpoint(0, "address", defaultPort: port)
                warnOnce(
                    "\(name) \(endpoint)",
                    because: "\(transport) is not supported yet: nothing listens there",
                    at: location(of: call))
                return []
            }
        }
        for name in ["generateDNSCryptProviderKeys", "generateDNSCryptCertificate"] {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(name, because: "nothing is written", at: location(of: call))
                return []
            }
        }
        let getters = [
            "getTLSFrontend", "getDOHFrontend", "getDNSCryptBind", "getTLSContext",
            "newDOHResponseMapEntry", "newTLSCertificate",
        ]
        for name in getters {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(name, because: "its methods do nothing", at: location(of: call))
                return [ObjectKind.frontend.handle(0)]
            }
        }
        let nothing: HostFunction = { call in
            call.releaseFunctions()
            return .returned
        }
        try defineKind(
            .frontend,
            methods: Dictionary(uniqueKeysWithValues: Self.frontendMethods.map { ($0, nothing) }))
    }
}
