// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let language = """
        math.pow(x, y) → number
        math.log10(x) → number
        math.cosh(x) → number
        math.sinh(x) → number
        math.tanh(x) → number
        math.atan2(y, x) → number
        math.frexp(x) → numbers
        math.ldexp(m, e) → number
            As in Lua 5.1.
        """
}
