// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

/// The daemon as operators run it, with real servers and a real router, one scenario at a time: two
/// processors are few, and a scenario that starves another would prove nothing.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum Scenarios {}

extension Scenarios {
    /// Who answered `count` queries for `whoami.test`, with how many each; "no answer" among them.
    static func answerers(
        server: String, port: UInt16, count: Int = 20, overTCP: Bool = false,
        timeoutSeconds: Int = 2, in namespace: NetworkNamespace? = nil
    ) async throws -> [String: Int] {
        let replies = try await Kdig.queries(
            count, "whoami.test", type: "TXT", server: server, port: port, overTCP: overTCP,
            timeoutSeconds: timeoutSeconds, in: namespace)
        var names = count > replies.count ? ["no answer": count - replies.count] : [:]
        for reply in replies {
            let name = reply.answers.first?.data.filter { $0 != "\"" } ?? reply.status
            names[name, default: 0] += 1
        }
        return names
    }
}
