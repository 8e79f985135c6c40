// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Scripting

/// A generation on its way from the builder thread to control's.
struct BuiltGeneration: Sendable {
    let generation: Generation
    /// With what the command line puts above the file.
    let configuration: DeclaredConfiguration
}

/// The generation that serves: what was declared, and the scripts that go with it.
struct LiveGeneration {
    let number: Int
    let configuration: DeclaredConfiguration
    /// Of its servers, by ordinal: a reload under way may have given the slab others already.
    let handles: [ServerHandle]
    let scripts: ControlScripts
    let planeScripts: PlaneScripts?
}

extension DeclaredConfiguration {
    /// Applies `--listen` and `--acl`, which replace what the file says (DESIGN §7).
    func overridden(by options: RunOptions) -> DeclaredConfiguration {
        var result = self
        if !options.listen.isEmpty {
            result.listeners = options.listen.map { ListenerDeclaration(endpoint: $0) }
        }
        if !options.acl.isEmpty { result.acl = options.acl }
        return result
    }

    var isEmpty: Bool {
        servers.isEmpty && checks.isEmpty && neighbors.isEmpty && announcements.isEmpty
            && helpers.isEmpty && (listeners ?? []).isEmpty
    }

    /// Why this must not replace `current` without a person's word; `nil` when it may.
    func loss(from current: DeclaredConfiguration) -> String? {
        if isEmpty { return "\(path) declares nothing at all" }
        if neighbors.isEmpty, !current.neighbors.isEmpty {
            return "\(path) removes every neighbour (\(current.neighbors.count))"
        }
        if announcements.isEmpty, !current.announcements.isEmpty {
            return "\(path) removes every route (\(current.announcements.count))"
        }
        if servers.isEmpty, !current.servers.isEmpty {
            return "\(path) removes every server (\(current.servers.count))"
        }
        return nil
    }
}
