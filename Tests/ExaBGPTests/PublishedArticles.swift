// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The configurations of two operators' articles, cut out of them when the tests run: they are not
/// ours to commit. They lie beside the repository, in `shared/seeds`; elsewhere they are absent.
enum PublishedArticles {
    /// The neighbour with the nested watchdog, byte for byte; its IPv6 prefix is blacked out.
    static func neighbor() -> String? {
        guard let article = article(mentioning: "watchdog anycastdns withdraw"),
            let start = article.firstRange(of: "\nneighbor 10.1.53.254 {")?.lowerBound,
            let end = article[start...].firstRange(of: "\n}\n")?.upperBound
        else { return nil }
        return String(article[start..<end].dropFirst())
    }

    /// The INI of healthcheck.pl, byte for byte.
    static func healthcheck() -> String? {
        guard let article = article(mentioning: "[dns1v4]"),
            let start = article.firstRange(of: "[dns1v4]")?.lowerBound,
            let end = article[start...].firstRange(of: "{% endhighlight %}")?.lowerBound
        else { return nil }
        return String(article[start..<end])
    }

    private static func article(mentioning word: String) -> String? {
        // …/Tests/ExaBGPTests/ThisFile.swift
        let repository = (0..<3).reduce(URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()) {
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
