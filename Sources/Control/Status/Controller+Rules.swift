// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Logging

extension Controller {
    /// Writes what rules noted and looks after the files they ask, on a thread that may wait for the
    /// disk; one at a time.
    func tendRules() {
        guard let parts, !parts.isTendingRules else { return }
        let stores = parts.handles.stores
        let log = parts.statistics.log
        let files = parts.ruleFiles
        guard !stores.isEmpty || !log.targets.isEmpty else { return }
        parts.isTendingRules = true
        Task {
            _ = await BuilderThread.run { () -> Bool in
                files.drain(log)
                for store in stores { store.refresh(nowSeconds: PlaneSnapshot.monotonicSeconds) }
                return true
            }
            parts.isTendingRules = false
            warn(of: stores, parts)
        }
    }

    /// Says once what is wrong with a store's file, and again when that changes.
    private func warn(of stores: [KeyValueStore], _ parts: ControlParts) {
        for store in stores {
            let path = store.declaration.path
            guard let fault = store.fault else {
                parts.storeFaults[path] = nil
                continue
            }
            guard parts.storeFaults.updateValue(fault, forKey: path) != fault else { continue }
            logger.warning("newCDBKVStore: \(fault)")
        }
    }

    /// The rules of the snapshot that serves, with what they counted.
    func ruleStatuses(_ parts: ControlParts) -> [StatusReport.Rule] {
        parts.handles.rules.map { rule in
            StatusReport.Rule(
                name: rule.name, chain: rule.chain.rawValue, hits: rule.statistics.total(.hits),
                errors: rule.statistics.total(.errors),
                timeouts: rule.statistics.total(.timeouts))
        }
    }
}
