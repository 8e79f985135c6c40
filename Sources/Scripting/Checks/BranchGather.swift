// SPDX-License-Identifier: Apache-2.0
//
// check.all, check.any and check.quorum are one rule with another number: so many of the branches
// must be up. An error is neither up nor down: it counts for nothing, and only when the others
// cannot decide without it the whole is an error too (DESIGN §3.2: never a silent down).

import Probing

/// The branches of one `check.all`, `check.any` or `check.quorum`, waiting side by side.
final class BranchGather {
    /// What is combined: a function that runs, or a verdict that the script has already.
    enum Part {
        case branch(CheckBranch)
        case outcome(CheckOutcome)
    }

    private var machine: StateMachine
    private var parts: [Part]
    private var done: ((CheckCall.Result) -> Void)?

    /// - Parameter needed: how many must be up, from 1 to the number of parts.
    init(labels: [String], parts: [Part], needed: Int) {
        machine = StateMachine(labels: labels, needed: needed)
        self.parts = parts
    }

    /// Starts the branches in their order, until a decision leaves the others over.
    func begin(_ done: @escaping (CheckCall.Result) -> Void) -> ProbeHandle {
        self.done = done
        for (index, part) in parts.enumerated() where self.done != nil {
            switch part {
            case .outcome(let outcome): record(outcome, at: index)
            case .branch(let branch): branch.start { [self] in record($0, at: index) }
            }
        }
        return ProbeHandle { [self] in
            self.done = nil
            release()
        }
    }

    private func record(_ outcome: CheckOutcome, at index: Int) {
        guard let verdict = machine.record(outcome, at: index), let done else { return }
        self.done = nil
        release(telling: "not waited for")
        done(.verdict(verdict))
    }

    /// Ends what is left of the branches.
    private func release(telling result: String? = nil) {
        let left = parts
        parts = []
        for case .branch(let branch) in left {
            if let result { branch.recordCut(result, isFailure: false) }
            branch.cancel()
        }
    }
}
