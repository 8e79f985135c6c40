// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// What a neighbour must have once everything about it was read.
extension NeighborDraft {
    /// Fails with the first thing that is missing or does not fit together.
    func neighbor(at location: SourceLocation) throws(ExaBGPFault) -> ExaBGPNeighbor {
        func fault(_ message: String) -> ExaBGPFault { ExaBGPFault(location, message) }
        guard let peer else { throw fault("the neighbor has no address; write neighbor 192.0.2.1") }
        let name = peer.isHost ? peer.address.description : peer.description
        guard let localAddress else {
            throw fault("neighbor \(name) has no local-address; give an address, or auto")
        }
        guard let localAS else { throw fault("neighbor \(name) has no local-as; give ours") }
        guard let peerAS else { throw fault("neighbor \(name) has no peer-as; give its own") }
        if let localAddress, localAddress.family != peer.address.family {
            throw fault(
                "neighbor \(name): local-address \(localAddress) is not of the same family; give"
                    + " one that is")
        }
        guard peer.isHost || passive else {
            throw fault("neighbor \(name) is a range; a range must be passive: add 'passive;'")
        }
        var neighbor = ExaBGPNeighbor(
            peer: peer, routerID: try routerID(localAddress, name, location), localAS: localAS,
            peerAS: peerAS, location: location)
        neighbor.localAddress = localAddress
        copySettings(to: &neighbor)
        try checkPassword(of: neighbor, name)
        try completeFamilies(of: &neighbor, name)
        return neighbor
    }

    private func routerID(
        _ localAddress: IPAddress?, _ name: String, _ location: SourceLocation
    ) throws(ExaBGPFault) -> UInt32 {
        if let routerID { return routerID }
        guard let localAddress, localAddress.family == .v4 else {
            throw ExaBGPFault(
                location,
                "neighbor \(name) has no router-id, and no IPv4 local-address to take it from;"
                    + " give one")
        }
        return localAddress.v4Bits
    }

    private func copySettings(to neighbor: inout ExaBGPNeighbor) {
        neighbor.description = description
        neighbor.hostName = hostName
        neighbor.domainName = domainName
        neighbor.sourceInterface = sourceInterface
        neighbor.holdTimeSeconds = holdTimeSeconds
        neighbor.rateLimit = rateLimit
        neighbor.passive = passive
        neighbor.listenPort = listenPort
        neighbor.connectPort = connectPort
        neighbor.outgoingTTL = outgoingTTL
        neighbor.incomingTTL = incomingTTL
        neighbor.md5Password = md5Password
        neighbor.md5Base64 = md5Base64
        neighbor.md5Address = md5Address
        neighbor.groupUpdates = groupUpdates
        neighbor.autoFlush = autoFlush
        neighbor.adjRIBIn = adjRIBIn
        neighbor.adjRIBOut = adjRIBOut
        neighbor.manualEndOfRIB = manualEndOfRIB
        neighbor.capabilities = capabilities
        switch gracefulRestart {
        case .off: break
        case .holdTime: neighbor.capabilities.gracefulRestartSeconds = holdTimeSeconds
        case .seconds(let seconds): neighbor.capabilities.gracefulRestartSeconds = seconds
        }
        neighbor.capabilities.nextHop = nextHopCapability ?? !nextHopEncodings.isEmpty
        neighbor.nextHopEncodings = nextHopEncodings
        neighbor.apis = apis
        neighbor.routes = routes
    }

    private func checkPassword(
        of neighbor: ExaBGPNeighbor, _ name: String
    ) throws(ExaBGPFault) {
        guard md5Password != nil else { return }
        let location =
            (origins["md5-password"] ?? origins["md5"])?.location ?? neighbor.location
        guard let key = neighbor.md5Key else {
            throw ExaBGPFault(
                location,
                "neighbor \(name): md5-password is not base64; correct it, or write"
                    + " 'md5-base64 false;'")
        }
        guard (1...MD5Password.bytesMax).contains(key.count) else {
            throw ExaBGPFault(
                location,
                "neighbor \(name): md5-password has \(key.count) bytes; it must have from 1 to"
                    + " \(MD5Password.bytesMax)")
        }
    }

    private func completeFamilies(
        of neighbor: inout ExaBGPNeighbor, _ name: String
    ) throws(ExaBGPFault) {
        neighbor.offersAllFamilies = offersAllFamilies || families.isEmpty
        neighbor.families = neighbor.offersAllFamilies ? RouteFamily.allCases : families
        neighbor.addPathFamilies =
            capabilities.addPath == nil
            ? [] : addPathFamilies.isEmpty ? neighbor.families : addPathFamilies
        // ExaBGP lets IPv4 routes pass here and never sends them; a note says so.
        for route in routes
        where route.family != .ipv4Unicast && !neighbor.families.contains(route.family) {
            throw ExaBGPFault(
                route.location,
                "route \(route.prefix) is \(route.family.rawValue), which neighbor \(name) is not"
                    + " offered; add '\(route.family.rawValue);' to its family block, or take the"
                    + " route out")
        }
    }
}
