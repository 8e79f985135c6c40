// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Rules of every kind without a script, by names below `fuzz.`, so that a corpus can call each.
enum PipelineConfiguration {
    private static let here = SourceLocation(file: "fuzz", line: 1)

    static func make() -> DeclaredConfiguration {
        var configuration = DeclaredConfiguration(path: "fuzz.lua")
        configuration.servers = (0..<3).map { index in
            var server = ServerDeclaration(
                identity: "server\(index)", name: "server\(index)",
                address: Endpoint(address: .loopbackV4, port: UInt16(5_300 + index)),
                location: here)
            server.initialState = .up
            server.usesClientSubnet = index == 0
            // The default pool has one that is told the client's network and one that is not.
            server.pools = index == 2 ? ["plain"] : [""]
            return server
        }
        var cache = PacketCacheDeclaration(entriesMax: 500, location: here)
        cache.truncatedTTL = 10
        cache.keepsStaleData = true
        cache.parsesClientSubnet = true
        configuration.caches = [cache]
        configuration.pools = [PoolDeclaration(name: ""), PoolDeclaration(name: "plain")]
        configuration.pools[0].cache = 0
        configuration.policy = .builtin(.roundrobin)
        configuration.staleCacheEntriesTTL = 100
        configuration.stripsTruncatedAnswers = true
        configuration.answersServFailWhenNoServer = true
        configuration.ringEntriesMax = 100
        configuration.rules = rules.enumerated().map { index, rule in
            RuleDeclaration(
                selector: rule.0, action: rule.1, name: "rule\(index)", location: here)
        }
        configuration.responseRules = answers.enumerated().map { index, rule in
            ResponseRuleDeclaration(
                selector: rule.0, action: rule.1, name: "answer\(index)", location: here)
        }
        configuration.cacheHitResponseRules = [
            ResponseRuleDeclaration(
                selector: below("hit"), action: .limitTTL(min: 1, max: 9, types: []), name: "hit",
                location: here)
        ]
        configuration.selfAnsweredResponseRules = [
            ResponseRuleDeclaration(
                selector: .and([below("own"), .recordCount(section: 1, 1...9)]),
                action: .clearRecordTypes([1]), name: "own", location: here)
        ]
        return configuration
    }

    /// `LABEL.fuzz.` and what is below it.
    private static func below(_ label: String) -> Selector {
        .suffixes([[UInt8(label.utf8.count)] + Array(label.utf8) + Array("\u{4}fuzz\0".utf8)])
    }

    private static let addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1"].compactMap {
        IPAddress($0)
    }

    private static var spoofed: SpoofOptions {
        var options = SpoofOptions()
        options.aa = true
        options.ad = true
        options.ra = false
        return options
    }

    // Made anew each time: the leak check does not find what only a pointer with tag bits leads to.
    private static var rules: [(Selector, Action)] {
        [
            (below("a"), .spoofAddresses(addresses, spoofed)),
            (below("own"), .spoofAddresses(addresses)),
            (below("alias"), .spoofAlias(Array("\u{5}other\u{4}fuzz\0".utf8))),
            (
                below("raw"),
                .spoofRaw([[1, 2, 3], [], [UInt8](repeating: 7, count: 300)], type: 16)
            ),
            (
                below("negative"),
                .negative(
                    isNameError: true,
                    StartOfAuthority(
                        zone: [0], data: [UInt8](repeating: 0, count: 22),
                        isInAuthoritySection: true), spoofed)
            ),
            (below("refused"), .responseCode(5, spoofed)),
            (below("badvers"), .extendedResponseCode(16)),
            (below("truncate"), .truncate),
            (below("drop"), .drop),
            (below("plain"), .pool("plain", endsChain: false)),
            (below("tagged"), .setTag(name: "tag", value: "value")),
            (
                .tag(name: "tag", value: "value"),
                .setTag(name: "other", value: "longer than the first")
            ),
            (below("norecurse"), .noRecurse), (below("novalidate"), .disableValidation),
            (below("skip"), .skipCache), (below("failure"), .temporaryFailureTTL(7)),
            (below("nosubnet"), .clientSubnet(.disable)),
            (below("subnet"), .clientSubnet(.override(true))),
            (.ednsOption(10), .clientSubnet(.prefixLengths(v4: 31, v6: 127))),
            (.ednsVersionAbove(0), .extendedResponseCode(16)),
            (.trailingData, .delay(milliseconds: 1)),
            (.regularExpression("^[0-9]+\\.in-addr"), .none),
            (.labelCountOutside(min: 0, max: 20), .responseCode(3)),
            (.nameLengthOutside(min: 1, max: 250), .truncate),
            (.recordCount(section: 3, 2...9), .none),
            (.recordTypeCount(section: 3, type: 41, 2...9), .responseCode(1)),
            (.and([.opcode(5), .not(.dnssecOK)]), .responseCode(4)),
            (
                .and([.queryClass(255), .or([.queryType(255), .queryNames([[0]])])]),
                .spoofAddresses(addresses)
            ),
        ]
    }

    private static var answers: [(Selector, ResponseAction)] {
        [
            (below("clear"), .clearRecordTypes([1, 2, 6, 46])),
            (below("limit"), .limitTTL(min: 30, max: 60, types: [1, 28])),
            (below("cut"), .truncate), (below("discard"), .drop),
            (below("keepnot"), .skipCache),
            (.responseCode(3), .setTag(name: "answer", value: "none")),
            (.extendedResponseCode(16), .limitTTL(min: 0, max: 1, types: [])),
            (.recordTypeCount(section: 1, type: 5, 3...99), .delay(milliseconds: 1)),
            (.recordCount(section: 2, 1...65_535), .limitTTL(min: 0, max: 100, types: [])),
        ]
    }
}
