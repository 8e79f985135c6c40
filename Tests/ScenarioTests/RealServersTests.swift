// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: an answer that differs between transports or families, a listener or a server
    /// socket of one family only, traffic that stays with a server that is gone.
    struct RealServersTests {
        @Test func answersAreRightOverEveryTransportAndFamilyAndFollowTheLivingServer() async throws
        {
            let one = try await KnotServer(name: "one", addresses: ["127.0.0.1"])
            let two = try await KnotServer(name: "two", addresses: ["::1"])
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                addLocal("[::1]:\(port)")
                setServerPolicy(roundrobin)
                newServer{address = "\(one.endpoint)", name = "one"}
                newServer{address = "\(two.endpoint)", name = "two"}
                """)
            let first = try await Kdig.query("www.test", server: "127.0.0.1", port: port)
            try #require(first.isAnswered, "\(daemon.log)")
            for address in ["127.0.0.1", "::1"] {
                for overTCP in [false, true] {
                    for (type, data) in [("A", "192.0.2.80"), ("AAAA", "2001:db8::80")] {
                        let reply = try await Kdig.query(
                            "www.test", type: type, server: address, port: port, overTCP: overTCP)
                        #expect(reply.status == "NOERROR", "\(reply)")
                        #expect(reply.data == [data], "\(reply)")
                    }
                    let names = try await answerers(
                        server: address, port: port, overTCP: overTCP)
                    #expect(Set(names.keys) == ["one", "two"], "\(names)")
                }
            }

            await one.kill()
            try await daemon.waitUntil("server one down") { $0.server("one")?.state == "down" }
            for overTCP in [false, true] {
                let names = try await answerers(server: "127.0.0.1", port: port, overTCP: overTCP)
                #expect(names == ["two": 20], "\(names)\n\(daemon.log)")
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await two.stop()
        }
    }
}
