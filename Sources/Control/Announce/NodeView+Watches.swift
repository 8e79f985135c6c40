// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Scripting

extension NodeView {
    /// Adds what a neighbour says of the prefixes that it is watched for; a prefix of which no
    /// neighbour knows anything stays unknown.
    mutating func add(_ watches: [IPPrefix: WatchedPrefix], of neighbor: String) {
        for (prefix, watch) in watches {
            let text = prefix.description
            switch watch {
            case .unknown: break
            case .nobody: others[text] = others[text] ?? 0
            case .announced(let attributes):
                others[text, default: 0] += 1
                paths[text, default: []].append(Path(attributes, neighbor: neighbor))
            }
        }
    }
}

extension NodeView.Path {
    fileprivate init(_ attributes: AnnouncedAttributes, neighbor: String) {
        self.init(
            neighbor: neighbor, nextHop: attributes.nextHop.map { "\($0)" } ?? "",
            asPath: attributes.asPath.map(Int.init), med: attributes.med.map(Int.init),
            localPreference: attributes.localPreference.map(Int.init),
            communities: attributes.communities.map { "\($0)" }
                + attributes.largeCommunities.map { "\($0)" })
    }
}
