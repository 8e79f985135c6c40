// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let blocks = """
        newQPSLimiter(rate, burst) → rate limiter
            Counts what happens in a second, in all virtual machines together.
        rateLimiter:check() → true or false
            Whether one more is within the rate; counts it.
        """
}
