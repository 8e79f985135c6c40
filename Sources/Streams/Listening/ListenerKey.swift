// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// What keeps a listener's socket across reloads: where it listens. Another queue length is no
/// reason to close it, and takes effect when it is bound anew.
struct ListenerKey: Hashable, Sendable {
    let endpoint: Endpoint
    let interface: String?

    init(_ declaration: ListenerDeclaration) {
        endpoint = declaration.endpoint
        interface = declaration.interface
    }
}
