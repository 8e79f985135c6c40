// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// A neighbour while its group, its templates and its own block are read one after the other.
struct NeighborDraft {
    /// Whose words are being read; a later level outweighs an earlier one.
    enum Level: Hashable {
        case group
        case template(String)
        case neighbor
    }

    /// Who set a value last.
    struct Origin: Hashable {
        var level: Level
        var location: SourceLocation
    }

    var level = Level.neighbor
    var origins: [String: Origin] = [:]

    var peer: IPPrefix?
    var description = ""
    var hostName: String?
    var domainName: String?
    var routerID: UInt32?
    /// `.some(nil)` is `auto`.
    var localAddress: IPAddress??
    var sourceInterface: String?
    var localAS: ExaBGPNeighbor.SystemNumber?
    var peerAS: ExaBGPNeighbor.SystemNumber?
    var holdTimeSeconds = 180
    var rateLimit: Int?
    var passive = false
    var listenPort: UInt16?
    var connectPort: UInt16?
    var outgoingTTL: UInt8?
    var incomingTTL: UInt8?
    var md5Password: String?
    var md5Base64 = ExaBGPNeighbor.Base64.automatic
    var md5Address: IPAddress?
    var groupUpdates = true
    var autoFlush = true
    var adjRIBIn = true
    var adjRIBOut = true
    var manualEndOfRIB = false
    var families: [RouteFamily] = []
    var offersAllFamilies = false
    /// A family block of the group is in ``families``: the neighbour's own replaces it.
    var familiesAreOfGroup = false
    var capabilities = ExaBGPCapabilities()
    var gracefulRestart = GracefulRestart.off
    /// `capability { nexthop disable; }` outweighs a `nexthop` block.
    var nextHopCapability: Bool?
    var nextHopEncodings: [ExaBGPNeighbor.NextHopEncoding] = []
    var addPathFamilies: [RouteFamily] = []
    var apis: [ExaBGPAPI] = []
    var routes: [ExaBGPRoute] = []

    enum GracefulRestart: Hashable {
        case off, holdTime
        case seconds(Int)
    }

    /// The block of this name, or a new one.
    mutating func indexOfAPI(named name: String?) -> Int {
        if let name, let known = apis.firstIndex(where: { $0.name == name && !$0.isNested }) {
            return known
        }
        var api = ExaBGPAPI()
        api.name = name
        apis.append(api)
        return apis.count - 1
    }

    mutating func add(_ family: RouteFamily) {
        replaceThoseOfGroup()
        if !families.contains(family) { families.append(family) }
    }

    mutating func addAllFamilies() {
        replaceThoseOfGroup()
        offersAllFamilies = true
    }

    private mutating func replaceThoseOfGroup() {
        if level == .group {
            familiesAreOfGroup = true
        } else if familiesAreOfGroup {
            familiesAreOfGroup = false
            families = []
            offersAllFamilies = false
        }
    }
}
