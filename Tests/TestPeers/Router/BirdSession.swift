// SPDX-License-Identifier: Apache-2.0

/// One neighbour of BirdRouter.
public struct BirdSession: Sendable {
    public var name: String
    public var localAddress: String
    public var localAS: UInt32
    public var neighborAddress: String
    public var neighborAS: UInt32
    public var holdTimeSeconds: Int

    public init(
        name: String, localAddress: String, localAS: UInt32 = 65_001, neighborAddress: String,
        neighborAS: UInt32 = 65_002, holdTimeSeconds: Int = 9
    ) {
        self.name = name
        self.localAddress = localAddress
        self.localAS = localAS
        self.neighborAddress = neighborAddress
        self.neighborAS = neighborAS
        self.holdTimeSeconds = holdTimeSeconds
    }

    /// `multihop`: on loopback there is no interface that both ends are attached to.
    func configuration(port: UInt16) -> String {
        """
        protocol bgp \(name) {
          local \(localAddress) port \(port) as \(localAS);
          neighbor \(neighborAddress) as \(neighborAS);
          multihop; passive on; hold time \(holdTimeSeconds); error wait time 1, 5;
          ipv4 { import all; export none; };
          ipv6 { import all; export none; };
        }
        """
    }
}
