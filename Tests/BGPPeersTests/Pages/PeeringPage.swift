// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers

/// A page of `Docs/peering`: its blocks are what its tests run.
struct PeeringPage {
    let text: String
    private let name: String

    init(_ name: String) throws {
        self.name = name
        let repository = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
        text = try String(
            contentsOfFile: "\(repository)/Docs/peering/\(name).md", encoding: .utf8)
    }

    /// The page of a router.
    init(of kind: RouterKind) throws {
        switch kind {
        case .bird: try self.init("bird")
        case .frr: try self.init("frr")
        case .goBGP: try self.init("gobgp")
        case .openBGPD: try self.init("openbgpd")
        case .exaBGP: try self.init("exabgp")
        }
    }

    /// The block that begins with this line.
    func block(_ firstLine: String) throws -> String {
        let blocks = text.split(separator: "```", omittingEmptySubsequences: false)
        for block in blocks.enumerated().filter({ !$0.offset.isMultiple(of: 2) }).map(\.element) {
            // After the fence's own word.
            let lines = block.drop { $0 != "\n" }.dropFirst()
            if lines.hasPrefix(firstLine + "\n") { return String(lines) }
        }
        throw PeerError.unreadable(what: "\(name).md's block '\(firstLine)'", text: text)
    }

    /// What the router's own file is called, as the first line of its block has it.
    func routersFile(of kind: RouterKind) throws -> String {
        switch kind {
        case .bird: try block("# bird.conf")
        case .frr: try block("! bgpd.conf")
        case .goBGP: try block("# gobgpd.toml")
        case .openBGPD: try block("# bgpd.conf")
        case .exaBGP: try block("# exabgp.conf")
        }
    }
}
