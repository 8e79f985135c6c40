// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health
import Scripting

extension CheckRunner {
    /// Where a check stands, as a whole when it has targets: for status, rules and routes.
    ///
    /// What a person said of it goes above what its runs say.
    func position(_ name: String) -> CheckPosition? {
        let position = ownPosition(name)
        guard let forced = forced[name] else { return position }
        return position?.forced(forced)
    }

    private func ownPosition(_ name: String) -> CheckPosition? {
        guard let declaration = declarations[name] else { return nil }
        guard let whole = wholes[name] else {
            return entries[CheckUnit(check: name)].map { CheckPosition($0.machine) }
        }
        return CheckPosition(whole, of: machines(of: declaration))
    }

    /// Where each of its targets stands, in order; empty for a check without targets.
    func targets(of name: String) -> [(target: CheckTarget, position: CheckPosition)] {
        guard let declaration = declarations[name] else { return [] }
        return declaration.targets.compactMap { target in
            entries[CheckUnit(check: name, target: target.name)].map {
                (target, CheckPosition($0.machine))
            }
        }
    }

    /// Where one target stands; without a target, the check as a whole.
    func position(of unit: CheckUnit) -> CheckPosition? {
        guard unit.target != nil else { return position(unit.check) }
        let position = entries[unit].map { CheckPosition($0.machine) }
        guard let forced = forced[unit.check] else { return position }
        return position?.forced(forced)
    }

    /// Whether its script fails, for some target at least.
    func isFailing(_ name: String) -> Bool {
        guard let declaration = declarations[name] else { return false }
        return declaration.units.contains { entries[$0]?.machine.state == .error }
    }

    func machines(of declaration: CheckDeclaration) -> [NamedMachine] {
        declaration.units.compactMap { unit in
            entries[unit].map {
                NamedMachine(name: unit.target ?? unit.check, machine: $0.machine)
            }
        }
    }

    /// What is said of a run that took too long: `no verdict in 0.5 s, waiting for dns.query …`.
    static func timeoutWords(_ run: CheckRun, limit: Duration) -> String {
        "no verdict in \(limit / .seconds(1)) s"
            + (run.waitingFor.map { ", waiting for \($0)" } ?? "")
    }

    static func context(
        of declaration: CheckDeclaration, target: CheckTarget? = nil, machine: CheckStateMachine?
    ) -> CheckContext {
        let previous = machine.flatMap { machine in
            machine.runs == 0
                ? nil
                : CheckContext.Previous(isUp: machine.verdict == .up, detail: machine.detail)
        }
        return CheckContext(
            name: declaration.name, target: target?.text, previous: previous,
            deadlineSeconds: Double(declaration.timeoutMilliseconds) / 1_000)
    }
}

extension Health.CheckOutcome {
    /// The verdict without what only the script side needs.
    init(_ outcome: Scripting.CheckOutcome) {
        switch outcome {
        case .up(let score, let detail): self = .up(score: score, detail: detail)
        case .down(let detail, let isHard): self = .down(detail: detail, isHard: isHard)
        case .error(let fault): self = .error(detail: fault.description)
        }
    }
}
