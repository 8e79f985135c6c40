// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// What the rules decided about a query; its pool, tags and flags are in its ``QueryState``.
public enum RuleVerdict {
    /// Goes to its pool.
    case forward
    case drop
    /// Answered with TC=1 and no records.
    case truncate
    /// Answered with this response code, EDNS's upper bits included.
    case answer(UInt16, SpoofOptions)
    case spoof(SpoofedAnswer)
    /// A script's `Spoof`, `SpoofRaw` or `SpoofPacket`, whose text is in the query.
    case spoofText(ScriptAction)
    /// A script made the message the answer: QR is set in it.
    case answered
}
