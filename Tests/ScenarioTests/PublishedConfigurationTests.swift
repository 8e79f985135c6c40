// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a name or a value of the published dnsdist.conf that is not taken as it stands, a
    /// policy in the style of its time that loses queries, tiers that fail over in the wrong order.
    struct PublishedConfigurationTests {
        /// What policies of that time do, in our words: globals, `upStatus == true`, a subset handed
        /// to wrandom, the whole list returned where there is only one.
        private static let policy = """
            function orderedwrandom(servers, dq)
                if #servers == 1 then return servers end
                lowest = nil
                tier = {}
                for i = 1, #servers do
                    if servers[i].upStatus == true and (lowest == nil or servers[i].order < lowest) then
                        lowest = servers[i].order
                    end
                end
                for i = 1, #servers do
                    if servers[i].upStatus == true and servers[i].order == lowest then
                        table.insert(tier, servers[i])
                    end
                end
                return wrandom.policy(tier, dq)
            end

            """

        @Test func itServesUnchangedAndFailsOverTierByTier() async throws {
            let text = PublishedConfiguration.dnsdist() ?? PublishedConfiguration.equivalent
            let namespace = try await NetworkNamespace()
            try namespace.overlay(Self.policy, at: "dnsdist/orderedwrandom.lua")
            let listeners = Self.addresses(of: ["setLocal", "addLocal"], in: text)
            let servers = Self.addresses(of: ["newServer{address="], in: text)
            for address in listeners + servers {
                try await namespace.add(address + (address.contains(":") ? "/128" : "/32"))
            }
            var running: [String: KnotServer] = [:]
            for address in servers {
                running[address] = try await KnotServer(
                    name: address, addresses: [address], port: 53, in: namespace)
            }
            let first = Array(servers.prefix(2))
            let last = Array(servers.dropFirst(2))
            let daemon = try await PharosDaemon(text, in: namespace)

            let opening = try await Kdig.query(
                "www.test", server: listeners[0], port: 53, in: namespace)
            try #require(opening.isAnswered, "\(daemon.log)")
            for address in listeners {
                let names = try await answerers(
                    server: address, port: 53, count: 6, in: namespace)
                #expect(Set(names.keys).isSubset(of: Set(first)), "\(address): \(names)")
            }
            let any = try await Kdig.query(
                "www.test", type: "ANY", server: listeners[0], port: 53, in: namespace)
            #expect(any.flags.contains("tc") && any.answers.isEmpty, "\(any)")

            await running[first[0]]?.kill()
            try await Self.waitUntilDown(first[0], daemon)
            #expect(
                try await answerers(server: listeners[0], port: 53, in: namespace)
                    == [first[1]: 20])

            await running[first[1]]?.kill()
            try await Self.waitUntilDown(first[1], daemon)
            let spread = try await answerers(
                server: listeners[0], port: 53, count: 40, in: namespace)
            #expect(Set(spread.keys).isSubset(of: Set(last)) && spread.count > 1, "\(spread)")

            running[first[0]] = try await KnotServer(
                name: first[0], addresses: [first[0]], port: 53, in: namespace)
            try await daemon.waitUntil("first tier back") { status in
                status.servers.contains { Self.host($0.address) == first[0] && $0.state == "up" }
            }
            #expect(
                try await answerers(server: listeners[0], port: 53, in: namespace)
                    == [first[0]: 20])
            let policy = try await daemon.status().policy("orderedwrandom")
            #expect(policy?.errors == 0 && policy?.fallbacks == 0, "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            for server in running.values { await server.stop() }
        }

        private static func waitUntilDown(_ address: String, _ daemon: PharosDaemon) async throws {
            try await daemon.waitUntil("\(address) down") { status in
                status.servers.contains { host($0.address) == address && $0.state == "down" }
            }
        }

        /// `192.0.2.1:53` and `[2001:db8::1]:53` without port and brackets.
        private static func host(_ endpoint: String) -> String {
            if endpoint.hasPrefix("[") {
                return String(endpoint.dropFirst().prefix { $0 != "]" })
            }
            guard endpoint.count(where: { $0 == ":" }) == 1 else { return endpoint }
            return String(endpoint.prefix { $0 != ":" })
        }

        /// The first quoted text of each line that begins so.
        private static func addresses(of calls: [String], in text: String) -> [String] {
            text.split(separator: "\n").compactMap { line in
                guard calls.contains(where: { line.hasPrefix($0) }) else { return nil }
                let quoted = line.split(separator: "\"", omittingEmptySubsequences: false)
                return quoted.count > 1 ? host(String(quoted[1])) : nil
            }
        }
    }
}
