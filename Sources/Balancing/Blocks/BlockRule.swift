// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// One rule of a group (`setQueryRate` and its siblings): what is measured, and what follows.
public struct BlockRule: Sendable {
    /// What is measured of a client. In the order that rules are tried in, which is dnsdist's.
    public enum Measure: Hashable, Sendable {
        case queries
        /// Octets of answers.
        case answerBytes
        case queryType(UInt16)
        case responseCode(UInt16)
        /// Answers with the code among all answers.
        case responseCodeRatio(UInt16)
        /// Answers that no cache gave among all answers.
        case cacheMissRatio
    }

    public var measure: Measure
    /// Of the window; 0 looks at all that is kept.
    public var seconds: Int
    /// Per second, or a share from 0 to 1; what exceeds it is blocked.
    public var limit: Double
    /// Likewise for warnings; 0 for none.
    public var warningLimit: Double
    public var reason: String
    public var blockSeconds: Int
    /// `.none` leaves it to the configuration.
    public var action: ScriptAction
    /// Of ratios: answers in the window below which a client is not judged.
    public var answersMin = 0
    /// Of ``Measure/cacheMissRatio``: the share of all lookups that caches must answer.
    public var hitRatioMin = 0.0

    public init(
        _ measure: Measure, limit: Double, seconds: Int, reason: String, blockSeconds: Int,
        action: ScriptAction = .none, warningLimit: Double = 0
    ) {
        self.measure = measure
        self.limit = limit
        self.seconds = seconds
        self.reason = reason
        self.blockSeconds = blockSeconds
        self.action = action
        self.warningLimit = warningLimit
    }

    public var isRatio: Bool {
        switch measure {
        case .responseCodeRatio, .cacheMissRatio: true
        default: false
        }
    }

    var readsQueries: Bool {
        switch measure {
        case .queries, .queryType: true
        default: false
        }
    }

    /// The window's start; 0 when there is none.
    func cutOff(nowMicroseconds: UInt64) -> UInt64 {
        let window = UInt64(max(0, seconds)) * 1_000_000
        return seconds <= 0 || window > nowMicroseconds ? 0 : nowMicroseconds - window
    }
}
