// SPDX-License-Identifier: Apache-2.0

/// What a person says of a check against its runs (`pharos force`).
public struct ForcedVerdict: Hashable, Sendable {
    public var isUp: Bool
    /// `forced up by uid 0: its probe is wrong`.
    public var words: String

    public init(isUp: Bool, words: String) {
        self.isUp = isUp
        self.words = words
    }
}

extension CheckPosition {
    /// The position as it counts while it is forced; what its runs say is in the detail.
    public func forced(_ forced: ForcedVerdict) -> CheckPosition {
        var result = self
        result.state = forced.isUp ? .up : .down
        result.verdict = forced.isUp ? .up : .down
        result.progress = ""
        result.score = forced.isUp ? 1 : 0
        result.detail = "\(forced.words); its runs say \(words)"
        result.words = forced.words
        result.isForced = true
        return result
    }
}
