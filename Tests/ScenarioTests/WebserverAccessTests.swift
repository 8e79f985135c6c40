// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: metrics that are open to whom the operator shut them out from.
    struct WebserverAccessTests {
        /// The status that curl gets with these arguments.
        private static func status(_ port: UInt16, _ arguments: String...) async throws -> String {
            try await Program.output(
                "curl",
                ["-sS", "-o", "/dev/null", "-w", "%{http_code}"] + arguments
                    + ["http://127.0.0.1:\(port)/metrics"])
        }

        private static func configuration(_ port: UInt16, _ access: String) -> String {
            """
            webserver("127.0.0.1:\(port)")
            setWebserverConfig{\(access)}
            -- A configuration of nothing but a web server would be refused by a reload.
            newCheck{name = "kept", run = function() return true end}
            """
        }

        @Test func passwordKeyAndAccessListAreKeptAndFollowAReload() async throws {
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                Self.configuration(port, #"password = "pass:word", apiKey = "key""#))
            #expect(try await Self.status(port) == "401")
            #expect(try await Self.status(port, "-u", "anyone:pass:word") == "200")
            #expect(try await Self.status(port, "-u", "anyone:other") == "401")
            #expect(try await Self.status(port, "-H", "X-API-Key: key") == "200")
            #expect(try await Self.status(port, "-H", "X-API-Key: keys") == "401")
            #expect(try await Self.status(port, "-H", "Authorization: Basic !") == "401")

            let reloads: [(access: String, arguments: [String], status: String)] = [
                (
                    #"password = "$scrypt$ln=10,p=1,r=8$c2FsdA==$aGFzaA==""#,
                    ["-u", "a:$scrypt$ln=10,p=1,r=8$c2FsdA==$aGFzaA=="], "401"
                ),
                (#"password = "pass", statsRequireAuthentication = false"#, [], "200"),
                (#"acl = "192.0.2.0/24""#, [], "403"),
                (#"acl = "127.0.0.0/8""#, [], "200"),
            ]
            for reload in reloads {
                try daemon.write(Self.configuration(port, reload.access))
                #expect(try await daemon.hangUp().lastReload.result == "ok", "\(daemon.log)")
                let status = try await Program.output(
                    "curl",
                    ["-sS", "-o", "/dev/null", "-w", "%{http_code}"] + reload.arguments
                        + ["http://127.0.0.1:\(port)/metrics"])
                #expect(status == reload.status, "\(reload.access)")
            }
            #expect(!daemon.log.contains("pass:word"))
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
