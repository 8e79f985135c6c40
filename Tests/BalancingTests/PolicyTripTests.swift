// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Balancing

/// Catches a looping policy that keeps a worker busy, and one that is never tried again.
@Suite struct PolicyTripTests {
    private let second: UInt64 = 1_000_000

    @Test func aPolicyThatNeverTimedOutIsCalled() {
        #expect(!PolicyTrip().isTripped(nowMicroseconds: 0))
    }

    @Test func theFirstTimeoutTripsTheBatchAndOneSecond() {
        var trip = PolicyTrip()
        trip.recordTimeout(nowMicroseconds: 5 * second)
        #expect(trip.isTripped(nowMicroseconds: 5 * second))
        #expect(trip.isTripped(nowMicroseconds: 6 * second - 1))
        #expect(!trip.isTripped(nowMicroseconds: 6 * second))
    }

    @Test func repeatedTimeoutsDoubleUpToAMinute() {
        var trip = PolicyTrip()
        var now = 5 * second
        var lengths: [UInt64] = []
        for _ in 0..<9 {
            trip.recordTimeout(nowMicroseconds: now)
            lengths.append((trip.untilMicroseconds - now) / second)
            now = trip.untilMicroseconds
        }
        #expect(lengths == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test func havingBehavedAsLongAsItWasOutStartsAfresh() {
        var trip = PolicyTrip()
        trip.recordTimeout(nowMicroseconds: 0)
        trip.recordTimeout(nowMicroseconds: 1 * second)
        #expect(trip.lengthMicroseconds == 2 * second)
        // Out until 3; it behaves until 5.
        trip.recordTimeout(nowMicroseconds: 5 * second)
        #expect(trip.lengthMicroseconds == 1 * second)
    }
}
