// SPDX-License-Identifier: Apache-2.0

/// What an announce rule may see (`node`): plain values, copied from control's state.
public struct NodeView: Hashable, Sendable {
    public struct Check: Hashable, Sendable {
        public var isUp: Bool
        /// `up`, `down`, `rising`, `falling`, `disabled`, `error` or `unknown`.
        public var state: String
        /// 0…1.
        public var score: Double
        public var detail: String
        /// Unix time of the last change of state.
        public var since: Double
        /// By the target's name; empty for a check without targets.
        public var targets: [String: Check]

        public init(
            isUp: Bool, state: String, score: Double, detail: String, since: Double,
            targets: [String: Check] = [:]
        ) {
            self.isUp = isUp
            self.state = state
            self.score = score
            self.detail = detail
            self.since = since
            self.targets = targets
        }
    }

    public struct Server: Hashable, Sendable {
        public var name: String
        public var order: Int
        public var isUp: Bool

        public init(name: String, order: Int, isUp: Bool) {
            self.name = name
            self.order = order
            self.isUp = isUp
        }
    }

    public struct Neighbor: Hashable, Sendable {
        public var isEstablished: Bool
        /// RFC 4271 §8's name of the state.
        public var state: String
        /// Unix time of the last change of state.
        public var since: Double

        public init(isEstablished: Bool, state: String, since: Double) {
            self.isEstablished = isEstablished
            self.state = state
            self.since = since
        }
    }

    /// What one neighbour says of a prefix that it is watched for.
    public struct Path: Hashable, Sendable {
        /// Its address as it was configured.
        public var neighbor: String
        public var nextHop: String
        public var asPath: [Int]
        public var med: Int?
        public var localPreference: Int?
        /// As `64500:1` and, large ones, `64500:1:2`.
        public var communities: [String]

        public init(
            neighbor: String, nextHop: String = "", asPath: [Int] = [], med: Int? = nil,
            localPreference: Int? = nil, communities: [String] = []
        ) {
            self.neighbor = neighbor
            self.nextHop = nextHop
            self.asPath = asPath
            self.med = med
            self.localPreference = localPreference
            self.communities = communities
        }
    }

    public var name: String
    /// By name; every declared check is here.
    public var checks: [String: Check] = [:]
    /// The servers of each pool, by the pool's name; `""` is the default pool.
    public var pools: [String: [Server]] = [:]
    /// By address as it was configured (``NeighborKey/description``).
    public var neighbors: [String: Neighbor] = [:]
    public var isDrained = false
    /// How many others announce a prefix, by prefix; a missing one is unknown.
    public var others: [String: Int] = [:]
    /// What is announced of a prefix by others, by prefix; at most one path for each neighbour.
    public var paths: [String: [Path]] = [:]

    public init(name: String) {
        self.name = name
    }
}
