// SPDX-License-Identifier: Apache-2.0

import Foundation

/// GoBGP's JSON, as far as tests read it (3.10): names are its own.
enum GoBGPAnswers {
    struct Neighbor: Decodable {
        struct State: Decodable { let session_state: Int? }
        let state: State
    }

    struct Notification: Decodable {
        let Key: String
        let Code: Int
        let Subcode: Int
        let text: String?

        private enum CodingKeys: String, CodingKey {
            case Key, Code, Subcode
            case text = "Communicated-Reason"
        }
    }

    struct Path: Decodable {
        let attrs: [Attribute]
        let neighbor: String

        private enum CodingKeys: String, CodingKey {
            case attrs
            case neighbor = "neighbor-ip"
        }

        func route(_ prefix: String) -> RouterRoute {
            var route = RouterRoute(prefix: prefix, neighbor: neighbor)
            for attribute in attrs { attribute.apply(to: &route) }
            return route
        }
    }

    /// One attribute: which members there are depends on its type.
    struct Attribute: Decodable {
        struct Segment: Decodable {
            let segment_type: Int
            let asns: [UInt32]?
        }
        struct LargeCommunity: Decodable {
            let ASN: UInt32
            let LocalData1: UInt32
            let LocalData2: UInt32
        }
        struct ExtendedCommunity: Decodable {
            let type: Int
            let subtype: Int?
            let value: Number?
            let asn: Int?
            let bandwidth: Int?
        }
        /// Some types have numbers as their value, some texts, some lists.
        enum Number: Decodable {
            case number(Int)
            case text(String)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    self = .number(number)
                } else {
                    self = .text(try container.decode(String.self))
                }
            }

            var description: String {
                switch self {
                case .number(let number): String(number)
                case .text(let text): text
                }
            }
        }

        private enum CodingKeys: String, CodingKey {
            case type, value, nexthop, metric, communities, address
            case segments = "as_paths"
            case asn = "as"
        }

        let type: Int
        let number: Int?
        let nexthop: String?
        let metric: Int?
        let communities: [UInt32]?
        let segments: [Segment]?
        let asn: UInt32?
        let address: String?
        let largeCommunities: [LargeCommunity]?
        let extendedCommunities: [ExtendedCommunity]?
        /// Of a type that it does not know.
        let octets: Data?

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decode(Int.self, forKey: .type)
            number = try? container.decode(Int.self, forKey: .value)
            nexthop = try container.decodeIfPresent(String.self, forKey: .nexthop)
            metric = try container.decodeIfPresent(Int.self, forKey: .metric)
            communities = try container.decodeIfPresent([UInt32].self, forKey: .communities)
            segments = try container.decodeIfPresent([Segment].self, forKey: .segments)
            asn = try container.decodeIfPresent(UInt32.self, forKey: .asn)
            address = try container.decodeIfPresent(String.self, forKey: .address)
            largeCommunities =
                type == 32
                ? try container.decode([LargeCommunity].self, forKey: .value) : nil
            extendedCommunities =
                type == 16
                ? try container.decode([ExtendedCommunity].self, forKey: .value) : nil
            // Base64, as Go writes octets.
            octets = type > 35 ? try container.decode(Data.self, forKey: .value) : nil
        }

        /// The numbers of the IANA registry "BGP Path Attributes".
        func apply(to route: inout RouterRoute) {
            switch type {
            case 1: route.origin = ["igp", "egp", "incomplete"][number ?? 2]
            case 2:
                // AS_SET is 1.
                route.asPath = (segments ?? []).filter { $0.segment_type != 1 }
                    .flatMap { $0.asns ?? [] }
                route.asSet = (segments ?? []).filter { $0.segment_type == 1 }
                    .flatMap { $0.asns ?? [] }.sorted()
            case 3, 14: route.nextHop = nexthop ?? ""
            case 4: route.med = metric
            case 5: route.localPreference = number
            case 6: route.isAtomicAggregate = true
            case 7: route.aggregator = "\(asn ?? 0) \(address ?? "")"
            case 8:
                route.communities = (communities ?? []).map { "\($0 >> 16):\($0 & 0xffff)" }
                    .sorted()
            case 16:
                route.extendedCommunities = (extendedCommunities ?? []).map { community in
                    if let asn = community.asn, let rate = community.bandwidth {
                        return RouterRoute.bandwidth(asn, rate)
                    }
                    let kind = [2: "rt", 3: "ro"][community.subtype ?? -1] ?? "\(community.type)"
                    return "\(kind):\(community.value?.description ?? "")"
                }.sorted()
            case 32:
                route.largeCommunities = (largeCommunities ?? []).map { large in
                    "\(large.ASN):\(large.LocalData1):\(large.LocalData2)"
                }.sorted()
            default:
                guard let octets else { break }
                let digits = octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                route.otherAttributes.append("\(type):" + digits.joined())
            }
        }
    }
}
