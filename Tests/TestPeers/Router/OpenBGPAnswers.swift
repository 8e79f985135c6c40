// SPDX-License-Identifier: Apache-2.0

/// `bgpctl -j`, as far as tests read it (7.7): names are its own.
enum OpenBGPAnswers {
    struct Neighbors: Decodable {
        struct Neighbor: Decodable { let state: String }
        let neighbors: [Neighbor]
    }

    struct Table: Decodable {
        let rib: [Entry]?
    }

    struct Entry: Decodable {
        struct Neighbor: Decodable { let remote_addr: String }
        struct Attribute: Decodable {
            let type: String
            let AS: UInt32?
            let router_id: String?
            let data: String?
        }

        let prefix: String
        let aspath: String
        let exit_nexthop: String
        let neighbor: Neighbor
        let origin: String
        let metric: Int?
        let localpref: Int?
        let communities: [String]?
        let large_communities: [String]?
        let extended_communities: [String]?
        let attributes: [Attribute]?

        var route: RouterRoute {
            var route = RouterRoute(prefix: prefix, neighbor: neighbor.remote_addr)
            route.nextHop = exit_nexthop
            route.setPath(aspath)
            route.origin = origin.lowercased()
            route.med = metric
            route.localPreference = localpref
            route.communities = (communities ?? []).map(RouterRoute.community).sorted()
            route.largeCommunities = (large_communities ?? []).sorted()
            route.extendedCommunities = (extended_communities ?? [])
                .map { $0.replacing(" ", with: ":").replacing("soo:", with: "ro:") }.sorted()
            for attribute in attributes ?? [] {
                switch attribute.type {
                case "Atomic Aggregate": route.isAtomicAggregate = true
                case "Aggregator":
                    route.aggregator = "\(attribute.AS ?? 0) \(attribute.router_id ?? "")"
                case let type:
                    // `Unknown Attribute #200`
                    guard let number = type.split(separator: "#").last, type.contains("#"),
                        let data = attribute.data
                    else { break }
                    route.otherAttributes.append("\(number):\(data)")
                }
            }
            return route
        }
    }
}
