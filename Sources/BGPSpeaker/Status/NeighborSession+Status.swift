// SPDX-License-Identifier: Apache-2.0

extension NeighborSession {
    /// Every route that is wanted toward the neighbour, or that it has, sorted.
    func routeStatuses() -> [RouteStatus] {
        routes.statuses(for: key)
    }
}
