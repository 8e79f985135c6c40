// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import LuaRuntime
import Synchronization

/// The scripts of one plane thread: its VM, and the functions in it by ordinal.
///
/// After it was built it is used by its thread alone, but for ``lastFaults``, which control reads.
final class PlaneContext {
    /// Calls between two steps of the collector, which does not run by itself: a tiered policy's
    /// garbage of 64 calls is some tens of kilobytes.
    private static let callsBetweenCollections = 64

    let vm: LuaVM
    let kit: PlanePolicyVM
    let evaluation: Evaluation
    private let explanation: ErrorExplanation
    /// Registry references by the function's ordinal.
    private let references: [Int32]
    private let locations: [SourceLocation]
    private let box: PlaneBox
    private let cell: UnsafeMutablePointer<UnsafePointer<PlaneView>?>
    private var callsUntilCollection = callsBetweenCollections
    /// The newest fault of each policy, by the function's ordinal. Locked: written at a fault only.
    let lastFaults = Mutex<[Int: ScriptFault]>([:])

    init(
        kit: PlanePolicyVM, box: PlaneBox, evaluation: Evaluation,
        layout: PoolLayout
    ) throws(LuaError) {
        vm = kit.vm
        self.kit = kit
        self.box = box
        cell = box.cell
        self.evaluation = evaluation
        references = evaluation.functions.map(\.reference)
        locations = evaluation.configuration.functions.map(\.location)
        explanation = ErrorExplanation(definedNames: evaluation.definedNames)
        kit.budgetMilliseconds = evaluation.configuration.scriptLimits.policyMilliseconds
        // In the layout's order: the snapshot's pool number is the kit's.
        for pool in layout.pools {
            _ = try kit.addPool(name: pool.name, ordinals: pool.ordinals.map { UInt32($0) })
        }
    }

    /// Chooses a server for a query: its ordinal, or one of ``PolicyResult``'s numbers.
    func choose(slot: Int32, pool: Int32, query: UnsafeRawPointer) -> Int32 {
        let slot = Int(slot)
        guard references.indices.contains(slot) else { return PolicyResult.error }
        cell.pointee = query.assumingMemoryBound(to: PolicyQuery.self).pointee.view
        let code = kit.decide(references[slot], pool: pool, query: query)
        endCall()
        if code >= 0 { return code }
        return settle(PlaneDecision(code: code), slot)
    }

    private func endCall() {
        cell.pointee = nil
        callsUntilCollection -= 1
        if callsUntilCollection == 0 {
            kit.collectStep()
            callsUntilCollection = Self.callsBetweenCollections
        }
    }

    /// Calls a rule's or an action's function: 0 or 1, its number, or one of ``PolicyResult``'s.
    ///
    /// What an action said beside its number goes into the query's text.
    func call(slot: Int32, kind: ScriptCallKind, query: UnsafeMutableRawPointer) -> Int32 {
        let slot = Int(slot)
        guard references.indices.contains(slot) else { return PolicyResult.error }
        let typed = query.assumingMemoryBound(to: PolicyQuery.self)
        let script: PlaneScript
        switch kind {
        case .rule: script = .rule
        case .action: script = .action(numbers: Int32(ScriptAction.allCases.count))
        case .responseAction:
            script = .action(numbers: Int32(ScriptResponseAction.allCases.count))
        }
        let subject: PlaneSubject = typed.pointee.isResponse ? .response : .query
        cell.pointee = typed.pointee.view
        let code = kit.callScript(
            references[slot], script, subject: subject.rawValue, query: UnsafeRawPointer(query)
        ) { typed.pointee.scriptText = $0 }
        endCall()
        if code >= 0 { return code }
        return settle(PlaneDecision(code: code), slot)
    }

    private func settle(_ decision: PlaneDecision, _ slot: Int) -> Int32 {
        guard case .failed(let failure) = decision else { return PolicyResult.none }
        let fault = explanation.fault(kit.lastError(failure), in: locations[slot])
        lastFaults.withLock { $0[slot] = fault }
        switch failure {
        case .timeout: return PolicyResult.timeout
        case .nonsense: return PolicyResult.nonsense
        case .error, .memory, .internal: return PolicyResult.error
        }
    }

    /// Called by the plane through ``PolicyScripts``; `context` is a ``PlaneContext``.
    static let function: PolicyFunction = { context, slot, pool, query in
        Unmanaged<PlaneContext>.fromOpaque(context)._withUnsafeGuaranteedRef {
            $0.choose(slot: slot, pool: pool, query: query)
        }
    }

    /// Rules and actions; likewise.
    static let script: ScriptFunction = { context, slot, kind, query in
        guard let kind = ScriptCallKind(rawValue: kind) else { return PolicyResult.error }
        return Unmanaged<PlaneContext>.fromOpaque(context)._withUnsafeGuaranteedRef {
            $0.call(slot: slot, kind: kind, query: query)
        }
    }
}
