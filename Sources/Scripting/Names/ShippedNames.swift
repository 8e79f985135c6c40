// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// `checks`: the ready-made checks of `Policies/checks`, loaded when one is first named.
extension Evaluation {
    /// By name; several may be made by one file.
    private static let shipped: [(name: String, file: String, text: [UInt8])] = [
        ("all", "combined", PackageResources.combined_lua),
        ("any", "combined", PackageResources.combined_lua),
        ("authdns", "authdns", PackageResources.authdns_lua),
        ("dns", "dns", PackageResources.dns_lua),
        ("exec", "exec", PackageResources.exec_lua),
        ("http", "http", PackageResources.http_lua),
        ("options", "options", PackageResources.options_lua),
        ("quorum", "combined", PackageResources.combined_lua),
        ("recursivedns", "recursivedns", PackageResources.recursivedns_lua),
        ("tcp", "tcp", PackageResources.tcp_lua),
    ]

    static let shippedNames = shipped.map { "checks.\($0.name)" }

    /// Returns the text and its place for messages, or nothing and what to complain of.
    func defineShippedNames() throws(LuaError) {
        try vm.define("__pharos.shipped") { call in
            let name = call[0].asText ?? ""
            if let found = Self.shipped.first(where: { $0.name == name }) {
                call.results = [
                    .string(LuaString(bytes: found.text)),
                    .text("@checks/\(found.file)/\(found.file).lua"),
                ]
            } else {
                call.results = [
                    .nil,
                    .text(
                        "there is no check '\(name)' in checks"
                            + NearestName.suggestion(
                                for: name, among: Self.shipped.map(\.name))),
                ]
            }
            return .returned
        }
    }
}
