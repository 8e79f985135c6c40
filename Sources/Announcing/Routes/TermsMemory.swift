// SPDX-License-Identifier: Apache-2.0

internal import Declarations

/// The terms that were made last: a thousand prefixes of one `announce` share theirs.
struct TermsMemory: Sendable {
    private var last: RouteTerms?

    /// What is to be told of a route, in as few copies as can be; `nil` is nothing.
    mutating func terms(of route: borrowing RouteStateMachine) -> RouteTerms? {
        guard let attributes = route.attributes else { return nil }
        let whenDown = route.declaration.whenDown
        if let told = route.told, told.say(attributes, whenDown) { return told }
        if let last, last.say(attributes, whenDown) { return last }
        let terms = RouteTerms(attributes: attributes, whenDown: whenDown)
        last = terms
        return terms
    }
}
