// SPDX-License-Identifier: Apache-2.0

/// The keys of every call that takes a table of them, in one place for the reference's test.
enum KeyLists {
    static let byCall: [(call: String, keys: [String])] = [
        (
            "newServer",
            ServerReader.keys + ServerReader.keysWithoutEffect.map(\.key)
                + ServerReader.encryptionKeys
        ),
        ("setLocal", Evaluation.listenerOptions), ("addLocal", Evaluation.listenerOptions),
        ("addAction", Evaluation.ruleOptionKeys), ("addLuaAction", Evaluation.ruleOptionKeys),
        ("addResponseAction", Evaluation.ruleOptionKeys),
        ("RCodeAction", Evaluation.answerKeys), ("ERCodeAction", Evaluation.answerKeys),
        ("SpoofAction", Evaluation.answerKeys), ("SpoofCNAMEAction", Evaluation.answerKeys),
        ("SpoofRawAction", Evaluation.answerKeys + ["typeForAny"]),
        ("NegativeAndSOAAction", ["aa", "ad", "ra", "soaInAuthoritySection"]),
        (
            "newPacketCache",
            PacketCacheReader.keys + PacketCacheReader.keysWithoutEffect.keys.sorted()
        ),
        ("newCheck", Evaluation.checkKeys),
        ("newCheck.run", Evaluation.verdictKeys), ("newNeighbor", Evaluation.neighborKeys),
        ("newNeighbor.bfd", Evaluation.bfdKeys),
        ("newNeighbor.gracefulRestart", Evaluation.gracefulRestartKeys),
        ("announce", Evaluation.announcementKeys),
        ("newHelper", Evaluation.helperKeys),
        ("exabgp", Evaluation.exabgpKeys), ("healthcheck", Evaluation.healthcheckKeys),
        ("announce.whenDown", AttributeReader.keys),
        ("announce.reannounceDelay", Evaluation.reannounceDelayKeys),
        ("dns.query", Evaluation.queryKeys), ("tcp.connect", Evaluation.connectKeys),
        ("tcp.connect.tls", ["serverName", "verify", "caFile"]),
        ("http.get", Evaluation.fetchKeys),
        ("exec.run", Evaluation.processKeys), ("exec.shell", Evaluation.processKeys),
        ("setScriptLimits", Evaluation.limitKeys), ("exec.check", Evaluation.processKeys),
        ("pool.count", Evaluation.countKeys),
        ("server.setHealthCheckParams", Evaluation.healthCheckKeys),
        ("setServerIdentity", Evaluation.identityKeys),
        ("setWebserverConfig", Evaluation.allWebserverKeys),
    ]
}
