// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let language = """
        unpack(list [, i, j]) → values
        loadstring(text [, name]) → function
        gcinfo() → number
        table.getn(list) → number
        table.maxn(table) → number
        table.foreach(table, function(key, value)) → value
        table.foreachi(list, function(i, value)) → value
        string.gfind(text, pattern) → iterator
        math.mod(x, y) → number
        math.pow(x, y) → number
        math.log10(x) → number
        math.cosh(x) → number
        math.sinh(x) → number
        math.tanh(x) → number
        math.atan2(y, x) → number
        math.frexp(x) → numbers
        math.ldexp(m, e) → number
            As in Lua 5.1; see decision 0012.
        bit.tobit(x) → number
        bit.tohex(x [, digits]) → text
        bit.bnot(x) → number
        bit.band(x, …) → number
        bit.bor(x, …) → number
        bit.bxor(x, …) → number
        bit.lshift(x, n) → number
        bit.rshift(x, n) → number
        bit.arshift(x, n) → number
        bit.rol(x, n) → number
        bit.ror(x, n) → number
        bit.bswap(x) → number
            As in LuaJIT: results are signed numbers of 32 bits.
        bit32.band(…) → number
        bit32.bor(…) → number
        bit32.bxor(…) → number
        bit32.bnot(x) → number
        bit32.btest(…) → true or false
        bit32.lshift(x, n) → number
        bit32.rshift(x, n) → number
        bit32.arshift(x, n) → number
        bit32.lrotate(x, n) → number
        bit32.rrotate(x, n) → number
        bit32.extract(x, field [, width]) → number
        bit32.replace(x, value, field [, width]) → number
            As in Lua 5.2: results are not negative.
        bit → table
        bit32 → table
            Operations on bits; `require("bit")` gives the first too.
        """
}
