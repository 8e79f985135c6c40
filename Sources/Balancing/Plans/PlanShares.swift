// SPDX-License-Identifier: Apache-2.0

/// A plan's weights as whole numbers, so that the plane draws without arithmetic on fractions.
///
/// Whole weights are taken as they are, which keeps `whashed` true to its numbers; others are scaled,
/// and what is above 0 stays above it.
struct PlanShares {
    let shares: [UInt64]
    let isScaled: Bool

    /// Bits of the largest scaled share: 65 536 of them leave room in 64.
    private static let scaledBits = 40

    /// Of a plan's own weights, each from 0 to ``ServerHandle/weightMax``.
    init(_ weights: [Double]) {
        isScaled = weights.contains { $0 != $0.rounded() }
        var unit = 1.0
        if isScaled, let largest = weights.max() {
            // A power of two, so that no weight is rounded more than another.
            unit = Double(
                sign: .plus, exponent: Self.scaledBits - Int(largest.exponent), significand: 1)
        }
        shares = weights.map { $0 > 0 ? UInt64(max(1, ($0 * unit).rounded())) : 0 }
    }

    /// Of the servers' weights and scores.
    init(of servers: [ServerHandle]) {
        let isScaled = servers.contains { $0.scaledScore != ServerHandle.scaledScoreMax }
        self.isScaled = isScaled
        shares = servers.map { server in
            UInt64(server.weight) * (isScaled ? UInt64(server.scaledScore) : 1)
        }
    }
}
