// SPDX-License-Identifier: Apache-2.0

public import Addressing
import Declarations
import Glibc

/// Listeners that can be served: their sockets are bound, but nothing is read from them yet.
///
/// Given to ``Plane/commit(_:)``, or dropped, which closes what was opened for it.
public final class PreparedListeners {
    struct Opened {
        let declaration: ListenerDeclaration
        let endpoint: Endpoint
        let token: UInt64
        /// One for each worker.
        var descriptors: [Int32]
    }

    /// Listeners whose address no interface of this host has yet: bound all the same.
    public let notOnThisHost: [Endpoint]
    var opened: [Opened]
    /// Tokens of listeners that are not wanted any more.
    let removed: [UInt64]

    init(notOnThisHost: [Endpoint], opened: [Opened], removed: [UInt64]) {
        self.notOnThisHost = notOnThisHost
        self.opened = opened
        self.removed = removed
    }

    deinit {
        for listener in opened { listener.descriptors.forEach { close($0) } }
    }
}
