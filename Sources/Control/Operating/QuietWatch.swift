// SPDX-License-Identifier: Apache-2.0

/// Tells by a listener's counter whether clients still ask. A value: no clock, no sockets.
struct QuietWatch: Sendable {
    /// Without a query for so long nobody is left: default 5 s, longer than a resolver's retry.
    static let quietSecondsDefault = 5.0
    /// After the withdraw nobody waits longer: default 120 s. Clients that ask an address by its
    /// name in a file never leave.
    static let secondsMaxDefault = 120.0

    private var count: UInt64
    private var countSince: Duration
    let quiet: Duration

    init(count: UInt64, quiet: Duration, now: Duration) {
        self.count = count
        self.quiet = quiet
        countSince = now
    }

    /// Takes the counter as it is now; returns whether it has stood for long enough.
    mutating func look(_ count: UInt64, now: Duration) -> Bool {
        if count != self.count {
            self.count = count
            countSince = now
        }
        return now - countSince >= quiet
    }
}
