// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// Defines dnsdist's calls that are taken as they are and change nothing here, each with one
/// warning, and those that are refused by name. What another file has defined stays.
extension Evaluation {
    func defineAcceptedNames() throws(LuaError) {
        try defineKind(
            .inert,
            LuaKind(
                name: ObjectKind.inert.name,
                get: { call in
                    // A list of them is empty, or a loop over it would not end.
                    if call[0].text != nil { call.results = [ObjectKind.inert.handle(0)] }
                    return .returned
                },
                set: { _ in .returned }, call: { _ in .returned }))
        for accepted in AcceptedNames.withoutEffect where !isDefined(accepted.name) {
            try define(accepted.name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(accepted.name, because: accepted.instead, at: location(of: call))
                return result(accepted.result)
            }
        }
        for refused in AcceptedNames.refused where !isDefined(refused.name) {
            try define(refused.name) { (_, _) throws(ArgumentError) in
                throw ArgumentError(
                    "dnsdist's \(refused.name) is not supported: \(refused.because)")
            }
        }
    }

    private func isDefined(_ name: String) -> Bool { definedNames.contains(name) }

    private func result(_ result: AcceptedNames.Result) -> [LuaValue] {
        switch result {
        case .nothing: return []
        case .object: return [ObjectKind.inert.handle(0)]
        case .zero: return [.integer(0)]
        case .text: return [.text("")]
        }
    }

    /// One warning for each thing that is taken and has no effect, however often it is said.
    func warnOnce(_ thing: String, because reason: String? = nil, at location: SourceLocation) {
        guard warnedCalls.insert(thing).inserted else { return }
        survey?.noteWithoutEffect(thing, reason ?? "", at: location)
        warn("\(thing): accepted without effect" + (reason.map { ": \($0)" } ?? ""), at: location)
    }
}
