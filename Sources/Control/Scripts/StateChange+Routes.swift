// SPDX-License-Identifier: Apache-2.0

import Announcing
import Scripting

extension StateChange {
    /// What callbacks hear of a route.
    init(_ event: RouteEvent, at unixSeconds: Double) {
        let (from, to) =
            switch event.kind {
            case .announced: ("withdrawn", "announced")
            case .changed: ("announced", "changed")
            case .withdrawn: ("announced", "withdrawn")
            }
        self.init(
            .route, name: "\(event.route.prefix)", target: "\(event.route.neighbor)", from: from,
            to: to, detail: event.cause, at: unixSeconds)
    }
}
