// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What may be announced (`setAllowedPrefixes`), by `announce` and by helpers of ExaBGP alike.
public struct AllowedPrefixes: Hashable, Sendable {
    /// Each stands for itself and all within it; `nil` is everything but the default routes.
    public var prefixes: [IPPrefix]?

    public init(_ prefixes: [IPPrefix]? = nil) {
        self.prefixes = prefixes
    }

    /// Why `prefix` must not be announced, in words that follow it; `nil` when it may be.
    public func refusal(of prefix: IPPrefix) -> String? {
        guard let prefixes else {
            return prefix.length > 0
                ? nil
                : "is the default route; it is announced only if setAllowedPrefixes names it"
        }
        let isAllowed = prefixes.contains {
            $0.length <= prefix.length && $0.contains(prefix.address)
        }
        return isAllowed ? nil : "is not within what setAllowedPrefixes allows"
    }
}
