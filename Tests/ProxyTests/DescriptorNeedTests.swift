// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Proxy

/// Catches a limit of open files that is too low and nobody is told of, and a warning without cause.
@Suite struct DescriptorNeedTests {
    private func servers(_ count: Int, sockets: Int = 1) -> [ServerDeclaration] {
        (0..<count).map { number in
            var server = ServerDeclaration(
                identity: "s\(number)", name: "s\(number)",
                address: PlaneFixture.endpoint("127.0.0.1", port: 53),
                location: SourceLocation(file: "test.lua", line: 1))
            server.sockets = sockets
            return server
        }
    }

    @Test func aThousandServersNeedEightThousandSocketsInTwoWorkers() {
        let need = DescriptorNeed(
            servers: servers(1_000), listeners: 100, clients: 2_048, workers: 2)
        #expect(need.serverSockets == 8_000 && need.listeners == 300)
        #expect(need.connections == 3_048)
        #expect(need.shortage(limit: need.total) == nil)
        #expect(need.shortage(limit: 1_024)?.contains("is 1024, and 11604 may be needed") == true)
    }

    @Test func declaredSocketsCountUpToTheirBound() {
        func sockets(_ declared: Int) -> Int {
            DescriptorNeed(
                servers: servers(1, sockets: declared), listeners: 0, clients: 0, workers: 1
            ).serverSockets
        }
        #expect([1, 8, 256].map(sockets) == [4, 8, 64])
    }
}
