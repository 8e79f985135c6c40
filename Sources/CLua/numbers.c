// SPDX-License-Identifier: Apache-2.0
//
// Numbers as Lua 5.1 and LuaJIT take them: where an integer is wanted a fraction is cut off, and is no
// error (Docs/decisions/0012). Scripts for dnsdist divide and pass the result on.

#include "vm.h"

lua_Integer clua_integer_raises(lua_State *L, int argument) {
    if (lua_isinteger(L, argument)) return lua_tointeger(L, argument);
    lua_Number number = luaL_checknumber(L, argument);
    luaL_argcheck(L, number == number, argument, "not a number (0/0)");
    // -2^63 and 2^63 are exact as doubles; what lies beyond is as far as one can go.
    if (number >= -(lua_Number)LUA_MININTEGER) return LUA_MAXINTEGER;
    if (number < (lua_Number)LUA_MININTEGER) return LUA_MININTEGER;
    return (lua_Integer)number;
}

lua_Integer clua_optional_integer_raises(lua_State *L, int argument, lua_Integer otherwise) {
    return lua_isnoneornil(L, argument) ? otherwise : clua_integer_raises(L, argument);
}

// Cuts the fraction off in place. Numbers as text are left to the function that is wrapped.
static void truncate_raises(lua_State *L, int argument) {
    if (lua_type(L, argument) != LUA_TNUMBER || lua_isinteger(L, argument)) return;
    lua_pushinteger(L, clua_integer_raises(L, argument));
    lua_replace(L, argument);
}

static void truncate_from_raises(lua_State *L, int first) {
    for (int i = first; i <= lua_gettop(L); i++) truncate_raises(L, i);
}

// Upvalue 1 is Lua's own function in each of these; none of them has upvalues of its own.

static int call_original(lua_State *L) {
    lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(1));
    return original(L);
}

static int char_raises(lua_State *L) {
    truncate_from_raises(L, 1);
    return call_original(L);
}

static int select_raises(lua_State *L) {
    truncate_raises(L, 1);
    return call_original(L);
}

static int unpack_raises(lua_State *L) {
    truncate_from_raises(L, 2);
    return call_original(L);
}

// Lua's random has its state as upvalue 1, so the function itself is upvalue 2.
static int random_raises(lua_State *L) {
    truncate_from_raises(L, 1);
    lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(2));
    return original(L);
}

static void wrap_raises(lua_State *L, const char *name, lua_CFunction wrapper) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, wrapper, 1);
    lua_setfield(L, -2, name);
}

// MARK: What Lua 5.1 had

static int length_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
    return 1;
}

// The largest positive number among the keys.
static int largest_key_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Number largest = 0;
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TNUMBER && lua_tonumber(L, -2) > largest)
            largest = lua_tonumber(L, -2);
    }
    lua_Integer whole;
    if (lua_numbertointeger(largest, &whole) && (lua_Number)whole == largest)
        lua_pushinteger(L, whole);
    else lua_pushnumber(L, largest);
    return 1;
}

void clua_open_numbers_raises(lua_State *L) {
    lua_pushglobaltable(L);
    wrap_raises(L, "select", select_raises);
    lua_pop(L, 1);

    lua_getglobal(L, LUA_STRLIBNAME);
    wrap_raises(L, "char", char_raises);
    lua_getfield(L, -1, "gmatch");
    lua_setfield(L, -2, "gfind");
    lua_pop(L, 1);

    lua_getglobal(L, LUA_TABLIBNAME);
    wrap_raises(L, "unpack", unpack_raises);
    lua_getfield(L, -1, "unpack");
    lua_setglobal(L, "unpack");
    lua_pushcfunction(L, length_raises);
    lua_setfield(L, -2, "getn");
    lua_pushcfunction(L, largest_key_raises);
    lua_setfield(L, -2, "maxn");
    lua_pop(L, 1);

    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "random");
    if (lua_getupvalue(L, -1, 1) != NULL) {
        lua_pushcfunction(L, lua_tocfunction(L, -2));
        lua_pushcclosure(L, random_raises, 2);
        lua_setfield(L, -3, "random");
    }
    lua_pop(L, 1);
    lua_getfield(L, -1, "fmod");
    lua_setfield(L, -2, "mod");
    lua_pop(L, 1);
}
