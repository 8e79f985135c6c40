// SPDX-License-Identifier: Apache-2.0

public import Balancing
public import Declarations

/// One evaluated configuration: what it declares, and the scripts that go on running.
///
/// Made by the builder's thread and handed over whole: from then on it is control's.
public final class Generation: @unchecked Sendable {
    // Unchecked: the builder keeps nothing of it once it has returned it.
    public let configuration: DeclaredConfiguration
    public let control: ControlScripts
    /// `nil` when no function runs per query, and unless the mode is `.run`.
    public let plane: PlaneScripts?

    init(
        configuration: DeclaredConfiguration, control: ControlScripts, plane: PlaneScripts?
    ) {
        self.configuration = configuration
        self.control = control
        self.plane = plane
    }

    /// Ends control's VM; the plane's are closed by ``PlaneScripts/close()``, when no snapshot uses
    /// them any more.
    public func close() {
        control.close()
    }

    /// Names the running records of the declared servers, for control's server objects. Plane
    /// policies find them in the snapshot.
    public func bind(_ handles: [ServerHandle]) {
        control.bind(handles)
    }

    /// Names the running blocks, for control's scripts.
    public func bind(_ blocks: BlockServices) {
        control.bind(blocks)
    }

    /// Names the running packet caches, for control's cache objects.
    public func bind(_ caches: [PacketCache]) {
        control.bind(caches)
    }
}
