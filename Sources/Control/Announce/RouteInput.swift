// SPDX-License-Identifier: Apache-2.0

/// What changed, of all that routes depend on.
enum RouteInput: Hashable {
    case everything
    /// The check's position, or that of one of its targets.
    case check(String)
    case servers
    case sessions

    /// Those of the declared checks that may say something else now.
    func checks(of names: [String]) -> [String] {
        switch self {
        case .everything: names
        case .check(let name): [name]
        case .servers, .sessions: []
        }
    }
}
