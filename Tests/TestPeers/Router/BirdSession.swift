// SPDX-License-Identifier: Apache-2.0

/// One neighbour of BirdRouter.
public struct BirdSession: Sendable {
    public var name: String
    public var localAddress: String
    public var localAS: UInt32
    public var neighborAddress: String
    public var neighborAS: UInt32
    public var holdTimeSeconds: Int
    /// On loopback there is no interface that both ends are attached to.
    public var isMultihop = true
    public var isPassive = true
    /// Further lines, semicolons included.
    public var options: [String] = []
    /// Further lines of the channel of IPv4.
    public var channelOptions = ""

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

    func configuration(port: UInt16) -> String {
        """
        protocol bgp \(name) {
          local \(localAddress) port \(port) as \(localAS);
          neighbor \(neighborAddress) as \(neighborAS);
          \(isMultihop ? "multihop;" : "")
          passive \(isPassive ? "on" : "off");
          connect delay time 1; connect retry time 1; error wait time 1, 1;
          hold time \(holdTimeSeconds);
          \(options.joined(separator: "\n  "))
          ipv4 { import all; export none; \(channelOptions) };
          ipv6 { import all; export none; };
        }
        """
    }
}
