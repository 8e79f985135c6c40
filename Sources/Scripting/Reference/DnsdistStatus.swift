// SPDX-License-Identifier: Apache-2.0

/// What becomes of one of dnsdist's functions here.
enum DnsdistStatus: Hashable, Sendable {
    case works(note: String?)
    case withoutEffect(instead: String)
    case refused(because: String)

    init(of name: String) {
        if let entry = Reference.byName[name] {
            self =
                switch entry.status {
                case .supported: .works(note: entry.dnsdist)
                case .withoutEffect(let instead): .withoutEffect(instead: instead)
                case .refused(let reason): .refused(because: reason)
                }
        } else if let accepted = AcceptedNames.withoutEffect.first(where: { $0.name == name }) {
            self = .withoutEffect(instead: accepted.instead)
        } else if let refused = AcceptedNames.refused.first(where: { $0.name == name }) {
            self = .refused(because: refused.because)
        } else {
            self = .refused(because: Self.notThereYet)
        }
    }

    static let notThereYet = "not there yet"
}
