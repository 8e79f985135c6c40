// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// The keys of `newNeighbor` that say what the OPEN offers.
extension Evaluation {
    static let gracefulRestartKeys = ["restartTime", "notification"]

    /// 12 bits (RFC 4724 §3); 0 would keep nothing.
    private static let restartSeconds = 1...4095
    /// For each of the capability's two names.
    private static let hostNameBytesMax = 64

    func readOpen(
        _ keys: KeyReader, into neighbor: inout NeighborDeclaration
    ) throws(ArgumentError) {
        neighbor.gracefulRestart = try gracefulRestart(keys)
        let roles = NeighborRole.allCases.map(\.rawValue)
        neighbor.role = try keys.word("role", of: roles).flatMap { NeighborRole(rawValue: $0) }
        if neighbor.role != nil, neighbor.isInternal {
            throw ArgumentError(
                "newNeighbor: role is for external BGP (RFC 9234); peerAS and localAS are equal")
        }
        neighbor.isRoleStrict = try keys.boolean("strict") ?? false
        if neighbor.isRoleStrict, neighbor.role == nil {
            throw ArgumentError("newNeighbor: strict needs role")
        }
        let modes = NextHopMode.allCases.map(\.rawValue)
        neighbor.nextHopMode =
            try keys.word("nextHopMode", of: modes).flatMap { NextHopMode(rawValue: $0) }
            ?? .automatic
        neighbor.extendedNextHop = try keys.boolean("extendedNextHop")
        if neighbor.extendedNextHop == true, !neighbor.families.contains(.ipv4Unicast) {
            throw ArgumentError(
                "newNeighbor: extendedNextHop is for IPv4 routes: families has no \"ipv4 unicast\"")
        }
        neighbor.hostName = try hostName(keys)
    }

    private func gracefulRestart(
        _ keys: KeyReader
    ) throws(ArgumentError) -> GracefulRestartDeclaration? {
        let wanted = "true, false, from 1 to 4095 seconds or a table of restartTime"
        switch keys["gracefulRestart"] {
        case .nil, .boolean(true): return GracefulRestartDeclaration()
        case .boolean(false): return nil
        case .table(let table):
            let reader = try KeyReader(
                call: "newNeighbor.gracefulRestart", table: table,
                known: Self.gracefulRestartKeys)
            guard reader.has("restartTime") else { throw reader.missing("restartTime") }
            var restart = try restartTime(reader, "restartTime", "from 1 to 4095 seconds")
            restart.isNotificationGraceful = try reader.boolean("notification") ?? false
            return restart
        default: return try restartTime(keys, "gracefulRestart", wanted)
        }
    }

    private func restartTime(
        _ keys: KeyReader, _ key: String, _ wanted: String
    ) throws(ArgumentError) -> GracefulRestartDeclaration {
        guard let seconds = try keys.seconds(key), let whole = Int(exactly: seconds),
            Self.restartSeconds.contains(whole)
        else { throw keys.wrong(key, wanted) }
        return GracefulRestartDeclaration(restartSeconds: whole)
    }

    private func hostName(_ keys: KeyReader) throws(ArgumentError) -> String? {
        switch keys["hostName"] {
        case .nil, .boolean(false): return nil
        case .boolean(true): return nodeName
        default: break
        }
        let name = try keys.requiredText("hostName")
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.utf8.count <= Self.hostNameBytesMax }) else {
            throw ArgumentError(
                "newNeighbor: hostName '\(name)': neither its first label nor its domain may have"
                    + " more than \(Self.hostNameBytesMax) bytes")
        }
        return name
    }
}
