// SPDX-License-Identifier: Apache-2.0

import Health
import Testing

/// Would catch a pause that is missed, counted for each of its timers, or seen where there is none.
struct PauseDetectorTests {
    @Test(arguments: [0, 5, 100])
    func ordinaryLatenessIsNoPause(milliseconds: Int) {
        var detector = PauseDetector()
        #expect(detector.timerFired(due: .zero, now: .milliseconds(milliseconds)) == nil)
        #expect(detector.latest == nil)
    }

    @Test func allTimersOfOneRoundAreOnePause() {
        var detector = PauseDetector()
        let first = detector.timerFired(due: .seconds(10), now: .seconds(15))
        #expect(first == ControlPause(start: .seconds(10), end: .seconds(15)))
        #expect(detector.timerFired(due: .milliseconds(10_200), now: .milliseconds(15_001)) == nil)
        #expect(detector.timerFired(due: .milliseconds(9_950), now: .milliseconds(15_002)) == nil)
        #expect(detector.count == 1)
        #expect(
            detector.latest
                == ControlPause(start: .milliseconds(9_950), end: .milliseconds(15_002)))
    }

    @Test func theNextPauseIsAnother() {
        var detector = PauseDetector()
        _ = detector.timerFired(due: .seconds(10), now: .seconds(15))
        #expect(detector.timerFired(due: .seconds(16), now: .seconds(20)) != nil)
        #expect(detector.count == 2)
    }

    @Test func theToleranceHasBounds() {
        #expect(PauseDetector(tolerance: .zero).tolerance == PauseDetector.toleranceMin)
        #expect(PauseDetector(tolerance: .seconds(99)).tolerance == PauseDetector.toleranceMax)
    }
}
