// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import BGPSpeaker
import Declarations

/// What `show` answers.
extension HelperTable {
    func neighborLines(_ targets: [NeighborDeclaration], isJSON: Bool) -> [String] {
        let states = Dictionary(
            speaker.status().neighbors.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first }
        )
        if isJSON {
            let items = targets.map { target in
                let state = states[target.key]?.state == .established ? "up" : "down"
                return #"{ "peer": "\#(target.key.endpoint.address)", "peer-as": "#
                    + #"\#(target.peerAS), "local-as": \#(target.localAS), "state": "\#(state)" }"#
            }
            return ["[\(items.joined(separator: ", "))]"]
        }
        return ["Peer            AS        state        #routes"]
            + targets.map { target in
                let state = states[target.key]
                let cells = [
                    ("\(target.key.endpoint.address)", 15), ("\(target.peerAS)", 9),
                    ((state?.state.rawValue ?? "Idle").lowercased(), 12),
                ]
                return cells.map { text, width in
                    text + String(repeating: " ", count: max(1, width + 1 - text.count))
                }.joined() + "\(state?.routesAnnounced ?? 0)"
            }
    }

    func routeLines(_ targets: [NeighborDeclaration]) -> [String] {
        let wanted = announcer.wanted
        return targets.flatMap { target in
            (wanted[target.key] ?? [:]).keys.sorted().map { prefix in
                let route = wanted[target.key]?[prefix]?.attributes
                let hop: String =
                    switch route?.nextHop {
                    case .address(let address): "\(address)"
                    default: "self"
                    }
                let med = route?.med.map { " med \($0)" } ?? ""
                return "neighbor \(target.key.endpoint.address) \(prefix) next-hop \(hop)\(med)"
            }
        }
    }
}
