// SPDX-License-Identifier: Apache-2.0

import Declarations
import Foundation

/// What the 25 configurations of ExaBGPTests declare, as text.
struct ExaBGPFixture: CustomStringConvertible, Sendable {
    private static let folder = Fixture.repository + "/Tests/ExaBGPTests/Fixtures"

    let name: String

    static let all: [ExaBGPFixture] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasSuffix(".conf") }.sorted().map { ExaBGPFixture(name: $0) }

    var path: String { "\(Self.folder)/\(name)" }
    var text: String { String(decoding: Fixture.bytes(of: path), as: UTF8.self) }
    var description: String { name }

    /// The lines of the file beside it.
    var declared: [String] {
        let file = path.replacing(".conf", with: ".declared")
        return String(decoding: Fixture.bytes(of: file), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    /// Each neighbour with its routes, each helper and check, with the line it is from.
    func lines(_ configuration: DeclaredConfiguration) -> [String] {
        func place(_ location: SourceLocation) -> String {
            location.file == path ? ":\(location.line)" : ""
        }
        var lines: [String] = []
        for neighbor in configuration.neighbors {
            var words = [
                "neighbor\(place(neighbor.location)) \(neighbor.key)",
                "as \(neighbor.localAS)>\(neighbor.peerAS)", "hold \(neighbor.holdTimeSeconds)",
                "from \(neighbor.localAddress.map { "\($0)" } ?? "auto")",
                neighbor.families.map(\.rawValue).joined(separator: ","),
            ]
            if neighbor.passive { words.append("passive") }
            if let hops = neighbor.ttlSecurityHops { words.append("gtsm \(hops)") }
            if let password = neighbor.md5Password { words.append("md5 \(password)") }
            if let seconds = neighbor.gracefulRestart?.restartSeconds {
                words.append("gr \(seconds)")
            }
            if neighbor.extendedNextHop == true { words.append("rfc8950") }
            if let name = neighbor.hostName { words.append("host \(name)") }
            lines.append(words.joined(separator: " "))
        }
        lines += configuration.announcements.map { announcement in
            let to = announcement.neighbors.map {
                $0.map { "\($0)" }.joined(separator: ",")
            }
            return "route\(place(announcement.location)) \(announcement.prefix) to \(to ?? "all")"
                + " when \(Self.words(announcement))" + Self.words(announcement.attributes)
        }
        lines += configuration.helpers.map { helper in
            "helper\(place(helper.location)) \(helper.name) [\(helper.arguments.joined(separator: "|"))]"
                + " to \(helper.neighbors?.map { "\($0)" }.joined(separator: ",") ?? "all")"
                + " watches [\(helper.watches.map { "\($0)" }.joined(separator: ","))]"
                + " \(helper.encoder.rawValue) \(helper.version.rawValue)"
                + (helper.respawns ? "" : " once")
        }
        lines += configuration.checks.map { check in
            "check\(place(check.location)) \(check.name) every \(check.intervalMilliseconds) ms"
                + " rise \(check.rise) fall \(check.fall)"
        }
        return lines
    }

    private static func words(_ announcement: AnnouncementDeclaration) -> String {
        if announcement.rule != nil { return "rule" }
        return switch announcement.condition {
        case .always: "always"
        case .checks(let names): names.joined(separator: ",")
        case .ruleAlone: "rule"
        }
    }

    private static func words(_ attributes: RouteAttributes) -> String {
        var words: [String] = []
        if case .address(let address) = attributes.nextHop { words.append("via \(address)") }
        if let med = attributes.med { words.append("med \(med)") }
        if let preference = attributes.localPreference { words.append("lp \(preference)") }
        if attributes.origin != .igp { words.append("origin \(attributes.origin)") }
        if let path = attributes.asPath { words.append("path \(path)") }
        if attributes.isAtomicAggregate { words.append("atomic") }
        if let aggregator = attributes.aggregator { words.append("aggregator \(aggregator)") }
        words += attributes.communities.map { "\($0)" }
        words += attributes.largeCommunities.map { "\($0)" }
        words += attributes.extendedCommunities.map { "0x" + String($0, radix: 16) }
        words += attributes.otherAttributes.map { "\($0)" }
        return words.map { " " + $0 }.joined()
    }
}
