// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The `dnsdist.conf` of an operator's article, cut out of it when the tests run: it is not ours to
/// commit. It lies beside the repository, in `shared/seeds`; elsewhere it is absent.
public enum PublishedConfiguration {
    /// The block byte for byte, or `nil` where the article is not at hand.
    public static func dnsdist() -> String? {
        guard let article = article(mentioning: "setServerPolicyLua"),
            let start = article.firstRange(of: "{% highlight lua %}\n")?.upperBound,
            let end = article[start...].firstRange(of: "{% endhighlight %}")?.lowerBound
        else { return nil }
        return String(article[start..<end])
    }

    /// Of our own writing, with the same calls: two tiers, four listeners, four servers.
    public static let equivalent = """
        dofile('/etc/dnsdist/orderedwrandom.lua')
        setServerPolicyLua("orderedwrandom", orderedwrandom)

        setLocal("192.160.102.135:53")
        addLocal("[2605:e200:d00d:300::135]:53")
        addLocal("192.160.102.235:53")
        addLocal("[2605:e200:d00a:5301::]:53")

        addACL("192.160.102.0/24")
        addACL("2605:e200:d000::/44")

        newServer{address="192.160.102.144", name="DNS1", order=1, weight=1000}
        newServer{address="192.160.102.146", name="DNS3", order=1, weight=1000}
        newServer{address="2001:4860:4860::8888", name="G V6 Pri", order=3, weight=1}
        newServer{address="8.8.8.8", name="G V4 Pri", order=3, weight=1}

        addAnyTCRule()

        """

    private static func article(mentioning word: String) -> String? {
        // …/Tests/TestPeers/Seeds/ThisFile.swift
        let repository = (0..<4).reduce(URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()) {
            url, _ in url.deletingLastPathComponent()
        }
        let folder = repository.appending(path: "../shared/seeds").standardizedFileURL.path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().lazy
            .compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }
            .map { String(decoding: $0, as: UTF8.self) }
            .first { $0.contains(word) }
    }
}
