// SPDX-License-Identifier: Apache-2.0

public import Balancing
import Declarations
import LuaRuntime
import Synchronization

/// The scripts of one generation in the plane: a VM for each plane thread.
///
/// Built on the builder's thread, then each VM is its plane thread's. ``close()`` is called when no
/// thread can still use them (the snapshot's `retire`).
public final class PlaneScripts: @unchecked Sendable {
    // Unchecked: each context is one thread's at a time; what control reads of it is locked.
    private let contexts: [PlaneContext]
    /// Policies by the ordinal of their function.
    private let names: [Int: String]

    init(contexts: [PlaneContext], configuration: DeclaredConfiguration) {
        self.contexts = contexts
        names = Dictionary(
            uniqueKeysWithValues: configuration.functions.filter { $0.kind == .policy }
                .map { ($0.ordinal, $0.name) })
    }

    /// What a ``PlaneSnapshot`` is made with. The contexts live as long as this object.
    public var scripts: PolicyScripts {
        PolicyScripts(
            function: PlaneContext.function, script: PlaneContext.script,
            contexts: contexts.map { Unmanaged.passUnretained($0).toOpaque() })
    }

    /// The newest fault of each policy that had one, by the policy's name. Any thread.
    public var lastFaults: [String: ScriptFault] {
        var faults: [String: ScriptFault] = [:]
        for context in contexts {
            for (ordinal, fault) in context.lastFaults.withLock({ $0 }) {
                if let name = names[ordinal] { faults[name] = fault }
            }
        }
        return faults
    }

    /// The newest fault of each function that had one, by its ordinal: rules and actions are bound
    /// under the name of their call, which several have. Any thread.
    public var lastFaultsByFunction: [Int: ScriptFault] {
        contexts.reduce(into: [:]) { faults, context in
            faults.merge(context.lastFaults.withLock { $0 }) { _, newer in newer }
        }
    }

    /// What each VM holds and may hold, by plane thread; approximate while they run.
    public var memory: [ScriptMemory] {
        contexts.map { context in
            ScriptMemory(
                machine: context.vm.name, bytes: context.vm.memoryBytes,
                bytesMax: context.vm.limits.memoryBytesMax)
        }
    }

    /// Ends all VMs. No plane thread may use the scripts any more.
    public func close() {
        for context in contexts { context.vm.close() }
    }
}
