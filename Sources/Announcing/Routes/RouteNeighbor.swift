// SPDX-License-Identifier: Apache-2.0

internal import Declarations

/// What routes know of the neighbour that they go to: one object for all of them.
final class RouteNeighbor: Sendable {
    let key: NeighborKey
    private let families: Set<RouteFamily>

    init(_ declaration: NeighborDeclaration) {
        key = declaration.key
        families = Set(declaration.families)
    }

    func carries(_ family: RouteFamily) -> Bool { families.contains(family) }
}
