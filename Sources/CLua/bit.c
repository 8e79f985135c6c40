// SPDX-License-Identifier: Apache-2.0
//
// `bit` as in LuaJIT (results are signed 32-bit numbers, shifts take the low five bits of their
// count), and `bit32` as in Lua 5.2 (unsigned, longer shifts give 0). Facts: bitop.luajit.org and
// §6.7 of the manual of Lua 5.2.

#include <string.h>

#include "vm.h"

// A number modulo 2^32. Fractions are rounded as LuaJIT does: by adding 2^52 + 2^51, which leaves
// the integer in the low bits of the double's fraction.
static uint32_t bits_raises(lua_State *L, int argument) {
    if (lua_isinteger(L, argument)) return (uint32_t)lua_tointeger(L, argument);
    double number = luaL_checknumber(L, argument) + 6755399441055744.0;
    uint64_t pattern;
    memcpy(&pattern, &number, sizeof pattern);
    return (uint32_t)pattern;
}

static uint32_t rotated_left(uint32_t value, unsigned count) {
    count &= 31;
    return count == 0 ? value : value << count | value >> (32 - count);
}

// C leaves the right shift of a negative number to the compiler.
static uint32_t shifted_with_sign(uint32_t value, unsigned count) {
    uint32_t sign = value >> 31 ? ~(UINT32_MAX >> count) : 0;
    return value >> count | sign;
}

// MARK: bit

static int push_signed(lua_State *L, uint32_t value) {
    lua_pushinteger(L, (int32_t)value);
    return 1;
}

static int tobit_raises(lua_State *L) { return push_signed(L, bits_raises(L, 1)); }
static int bnot_raises(lua_State *L) { return push_signed(L, ~bits_raises(L, 1)); }

static int band_raises(lua_State *L) {
    uint32_t value = bits_raises(L, 1);
    for (int i = lua_gettop(L); i > 1; i--) value &= bits_raises(L, i);
    return push_signed(L, value);
}

static int bor_raises(lua_State *L) {
    uint32_t value = bits_raises(L, 1);
    for (int i = lua_gettop(L); i > 1; i--) value |= bits_raises(L, i);
    return push_signed(L, value);
}

static int bxor_raises(lua_State *L) {
    uint32_t value = bits_raises(L, 1);
    for (int i = lua_gettop(L); i > 1; i--) value ^= bits_raises(L, i);
    return push_signed(L, value);
}

static int lshift_raises(lua_State *L) {
    return push_signed(L, bits_raises(L, 1) << (bits_raises(L, 2) & 31));
}

static int rshift_raises(lua_State *L) {
    return push_signed(L, bits_raises(L, 1) >> (bits_raises(L, 2) & 31));
}

static int arshift_raises(lua_State *L) {
    return push_signed(L, shifted_with_sign(bits_raises(L, 1), bits_raises(L, 2) & 31));
}

static int rol_raises(lua_State *L) {
    return push_signed(L, rotated_left(bits_raises(L, 1), bits_raises(L, 2)));
}

static int ror_raises(lua_State *L) {
    return push_signed(L, rotated_left(bits_raises(L, 1), 32 - (bits_raises(L, 2) & 31)));
}

static int bswap_raises(lua_State *L) {
    return push_signed(L, __builtin_bswap32(bits_raises(L, 1)));
}

// The lowest digits in hexadecimal: eight, or as many as asked for; in capitals when negative.
static int tohex_raises(lua_State *L) {
    uint32_t value = bits_raises(L, 1);
    lua_Integer count = lua_isnoneornil(L, 2) ? 8 : (int32_t)bits_raises(L, 2);
    const char *digits = count < 0 ? "0123456789ABCDEF" : "0123456789abcdef";
    if (count < 0) count = -count;
    if (count > 8) count = 8;
    char text[8];
    for (lua_Integer i = count; i > 0; i--) {
        text[i - 1] = digits[value & 15];
        value >>= 4;
    }
    lua_pushlstring(L, text, (size_t)count);
    return 1;
}

// MARK: bit32

static int push_unsigned(lua_State *L, uint32_t value) {
    lua_pushinteger(L, value);
    return 1;
}

static uint32_t all_and_raises(lua_State *L) {
    uint32_t value = UINT32_MAX;
    for (int i = lua_gettop(L); i > 0; i--) value &= bits_raises(L, i);
    return value;
}

static int band32_raises(lua_State *L) { return push_unsigned(L, all_and_raises(L)); }

static int btest_raises(lua_State *L) {
    lua_pushboolean(L, all_and_raises(L) != 0);
    return 1;
}

static int bor32_raises(lua_State *L) {
    uint32_t value = 0;
    for (int i = lua_gettop(L); i > 0; i--) value |= bits_raises(L, i);
    return push_unsigned(L, value);
}

static int bxor32_raises(lua_State *L) {
    uint32_t value = 0;
    for (int i = lua_gettop(L); i > 0; i--) value ^= bits_raises(L, i);
    return push_unsigned(L, value);
}

static int bnot32_raises(lua_State *L) { return push_unsigned(L, ~bits_raises(L, 1)); }

// To the left when `count` is positive.
static uint32_t shifted(uint32_t value, lua_Integer count) {
    if (count <= -32 || count >= 32) return 0;
    return count >= 0 ? value << count : value >> -count;
}

static int lshift32_raises(lua_State *L) {
    return push_unsigned(L, shifted(bits_raises(L, 1), clua_integer_raises(L, 2)));
}

static int rshift32_raises(lua_State *L) {
    lua_Integer count = clua_integer_raises(L, 2);
    return push_unsigned(L, shifted(bits_raises(L, 1), count < -32 ? 32 : -count));
}

static int arshift32_raises(lua_State *L) {
    uint32_t value = bits_raises(L, 1);
    lua_Integer count = clua_integer_raises(L, 2);
    if (count < 0) return push_unsigned(L, shifted(value, count < -32 ? 32 : -count));
    return push_unsigned(L, shifted_with_sign(value, count > 31 ? 31 : (unsigned)count));
}

static int lrotate_raises(lua_State *L) {
    return push_unsigned(L, rotated_left(bits_raises(L, 1), bits_raises(L, 2)));
}

static int rrotate_raises(lua_State *L) {
    return push_unsigned(L, rotated_left(bits_raises(L, 1), 32 - (bits_raises(L, 2) & 31)));
}

// The mask of a field whose first bit and width are arguments.
static uint32_t field_raises(lua_State *L, int argument, unsigned *first) {
    lua_Integer from = clua_integer_raises(L, argument);
    lua_Integer width = clua_optional_integer_raises(L, argument + 1, 1);
    luaL_argcheck(L, from >= 0, argument, "field cannot be negative");
    luaL_argcheck(L, width > 0, argument + 1, "width must be positive");
    if (from > 31 || width > 32 - from) luaL_error(L, "bit32: there are 32 bits");
    *first = (unsigned)from;
    return UINT32_MAX >> (32 - width);
}

static int extract_raises(lua_State *L) {
    unsigned first;
    uint32_t mask = field_raises(L, 2, &first);
    return push_unsigned(L, bits_raises(L, 1) >> first & mask);
}

static int replace_raises(lua_State *L) {
    unsigned first;
    uint32_t mask = field_raises(L, 3, &first);
    uint32_t kept = bits_raises(L, 1) & ~(mask << first);
    return push_unsigned(L, kept | (bits_raises(L, 2) & mask) << first);
}

// Both a global and what require gives.
static void keep_raises(lua_State *L, const char *name) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
    lua_setglobal(L, name);
}

void clua_open_bit_raises(lua_State *L) {
    static const luaL_Reg bit[] = {
        {"tobit", tobit_raises}, {"tohex", tohex_raises}, {"bnot", bnot_raises},
        {"band", band_raises}, {"bor", bor_raises}, {"bxor", bxor_raises},
        {"lshift", lshift_raises}, {"rshift", rshift_raises}, {"arshift", arshift_raises},
        {"rol", rol_raises}, {"ror", ror_raises}, {"bswap", bswap_raises}, {NULL, NULL}};
    static const luaL_Reg bit32[] = {
        {"band", band32_raises}, {"bor", bor32_raises}, {"bxor", bxor32_raises},
        {"bnot", bnot32_raises}, {"btest", btest_raises}, {"lshift", lshift32_raises},
        {"rshift", rshift32_raises}, {"arshift", arshift32_raises}, {"lrotate", lrotate_raises},
        {"rrotate", rrotate_raises}, {"extract", extract_raises}, {"replace", replace_raises},
        {NULL, NULL}};
    luaL_newlib(L, bit);
    keep_raises(L, "bit");
    luaL_newlib(L, bit32);
    keep_raises(L, "bit32");
}
