// SPDX-License-Identifier: Apache-2.0

extension NeighborStatus {
    /// What an operator may have to do at the other end, `nil` for nothing.
    ///
    /// A session that is up says nothing of what became of the routes: across an AS border FRR, BIRD,
    /// OpenBGPD and IOS XR import nothing that no policy lets in (RFC 8212 §2), and none of them
    /// tells.
    public var hint: String? {
        guard state == .established, localAS != peerAS, routesAnnounced > 0 else { return nil }
        return "session is up; the peer imports nothing without a policy: FRR "
            + "`neighbor \(localAddress.map { "\($0)" } ?? "…") route-map … in`, BIRD `import` in "
            + "the channel, OpenBGPD `allow from`, IOS XR `route-policy … in`, JunOS `import` where "
            + "`defaults ebgp no-policy` is set"
    }
}
