// SPDX-License-Identifier: Apache-2.0

/// Three numbers of four octets (RFC 8092 §3).
public struct LargeCommunityValue: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let globalAdministrator: UInt32
    public let localData1: UInt32
    public let localData2: UInt32

    public init(globalAdministrator: UInt32, localData1: UInt32, localData2: UInt32) {
        self.globalAdministrator = globalAdministrator
        self.localData1 = localData1
        self.localData2 = localData2
    }

    public static func < (left: LargeCommunityValue, right: LargeCommunityValue) -> Bool {
        (left.globalAdministrator, left.localData1, left.localData2)
            < (right.globalAdministrator, right.localData1, right.localData2)
    }

    public var description: String { "\(globalAdministrator):\(localData1):\(localData2)" }
}
