// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BGPSpeaker

/// Would catch a value that is forgotten while somebody names it, or kept for ever.
struct SharedValuesTests {
    @Test func equalValuesHaveOneNumberUntilTheLastReferenceIsGone() {
        var values = SharedValues<String>()
        let first = values.acquire("a")
        let second = values.acquire("b")
        let again = values.acquire("a")
        #expect(again == first && first != second)
        #expect(values.count == 2)
        values.retain(first)
        let wasLast = [values.release(first), values.release(first), values.release(first)]
        #expect(wasLast == [false, false, true])
        #expect(values.count == 1 && values[second] == "b")
        let third = values.acquire("c")
        #expect(third == first, "a number is used again")
        #expect(values[third] == "c" && values[second] == "b")
    }
}
