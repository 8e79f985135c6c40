// SPDX-License-Identifier: Apache-2.0

/// FRR's JSON, as far as tests read it (8.4).
enum FRRAnswers {
    struct Neighbor: Decodable {
        let bgpState: String
    }

    struct BFDPeer: Decodable {
        let peer: String
        let status: String
    }

    struct Prefix: Decodable {
        let paths: [Path]?
    }

    struct Path: Decodable {
        struct ASPath: Decodable { let string: String }
        struct Listed: Decodable { let list: [String]? }
        struct Text: Decodable { let string: String }
        struct NextHop: Decodable {
            let ip: String
            let scope: String?
        }
        struct Peer: Decodable { let peerId: String }

        let aspath: ASPath
        let origin: String
        let metric: Int?
        let locPrf: Int?
        let atomicAggregate: Bool?
        let aggregatorAs: Int?
        let aggregatorId: String?
        let community: Listed?
        let extendedCommunity: Text?
        let largeCommunity: Listed?
        let nexthops: [NextHop]?
        let peer: Peer

        func route(_ prefix: String) -> RouterRoute {
            var route = RouterRoute(prefix: prefix, neighbor: peer.peerId)
            route.setPath(aspath.string)
            route.origin = origin.lowercased()
            route.med = metric
            route.localPreference = locPrf
            route.communities = (community?.list ?? []).map(RouterRoute.community).sorted()
            route.largeCommunities = (largeCommunity?.list ?? []).sorted()
            // `RT:65001:7 LB:65001:125000000 (1.000 Gbps)`
            route.extendedCommunities = (extendedCommunity?.string ?? "").split(separator: " ")
                .filter { $0.contains(":") }
                .map { word in
                    String(word).replacing("RT:", with: "rt:").replacing("SoO:", with: "ro:")
                        .replacing("LB:", with: "bandwidth:")
                }.sorted()
            route.nextHop = nexthops?.first { $0.scope != "link-local" }?.ip ?? ""
            route.isAtomicAggregate = atomicAggregate ?? false
            if let aggregatorAs, let aggregatorId {
                route.aggregator = "\(aggregatorAs) \(aggregatorId)"
            }
            return route
        }
    }
}
