// SPDX-License-Identifier: Apache-2.0

public import Balancing

/// What control's scripts block clients with: the daemon's table, and what its plane saw lately.
public struct BlockServices {
    let table: DynamicBlockTable
    let traffic: () -> TrafficRings

    /// - Parameter traffic: of the snapshot that serves when it is asked.
    public init(table: DynamicBlockTable, traffic: @escaping () -> TrafficRings) {
        self.table = table
        self.traffic = traffic
    }
}
