// SPDX-License-Identifier: Apache-2.0
//
// table.concat, move, insert, remove and sort, ours or wrapped: a loop in C is out of the tick
// hook's reach, so each looks at the budget itself.

#include "vm.h"

// The elements between two looks at the budget.
enum { ELEMENTS_BETWEEN_CHECKS = 256 };

static int concat_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t length;
    const char *separator = luaL_optlstring(L, 2, "", &length);
    lua_Integer first = clua_optional_integer_raises(L, 3, 1);
    lua_Integer last = luaL_opt(L, clua_integer_raises, 4, luaL_len(L, 1));
    lua_settop(L, 2);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (lua_Integer i = first; i <= last; i++) {
        if ((i - first) % ELEMENTS_BETWEEN_CHECKS == 0) clua_check_expired_raises(L);
        lua_geti(L, 1, i);
        if (!lua_isstring(L, -1))
            return luaL_error(L, "invalid value (at index %I) in table for 'concat'",
                (LUAI_UACINT)i);
        luaL_addvalue(&buffer);
        if (i == last) break;
        luaL_addlstring(&buffer, separator, length);
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int move_raises(lua_State *L) {
    lua_Integer from = clua_integer_raises(L, 2), last = clua_integer_raises(L, 3);
    lua_Integer to = clua_integer_raises(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, target, LUA_TTABLE);
    lua_settop(L, 5);
    if (last < from) {
        lua_pushvalue(L, target);
        return 1;
    }
    luaL_argcheck(L, from > 0 || last < LUA_MAXINTEGER + from, 3, "too many elements to move");
    lua_Integer count = last - from + 1;
    luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    // Downwards when the ranges overlap with the destination above the source.
    bool upwards = to > last || to <= from || (target != 1 && !lua_compare(L, 1, 5, LUA_OPEQ));
    for (lua_Integer i = 0; i < count; i++) {
        if (i % ELEMENTS_BETWEEN_CHECKS == 0) clua_check_expired_raises(L);
        lua_Integer step = upwards ? i : count - 1 - i;
        lua_geti(L, 1, from + step);
        lua_seti(L, target, to + step);
    }
    lua_pushvalue(L, target);
    return 1;
}

static int insert_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer end = luaL_len(L, 1) + 1, position = end;
    int count = lua_gettop(L);
    if (count != 2 && count != 3)
        return luaL_error(L, "wrong number of arguments to 'insert'");
    if (count == 3) {
        // Beyond the end it leaves a gap, as in Lua 5.1.
        position = clua_integer_raises(L, 2);
        luaL_argcheck(L, position >= 0, 2, "position out of bounds");
    }
    for (lua_Integer i = end; i > position; i--) {
        if (i % ELEMENTS_BETWEEN_CHECKS == 0) clua_check_expired_raises(L);
        lua_geti(L, 1, i - 1);
        lua_seti(L, 1, i);
    }
    lua_seti(L, 1, position);
    return 0;
}

static int remove_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer length = luaL_len(L, 1);
    lua_Integer position = clua_optional_integer_raises(L, 2, length);
    // Out of bounds there is nothing to remove, as in Lua 5.1.
    if (position != length && (lua_Unsigned)position - 1 > (lua_Unsigned)length) return 0;
    lua_geti(L, 1, position);
    for (; position < length; position++) {
        if (position % ELEMENTS_BETWEEN_CHECKS == 0) clua_check_expired_raises(L);
        lua_geti(L, 1, position + 1);
        lua_seti(L, 1, position);
    }
    lua_pushnil(L);
    lua_seti(L, 1, position);
    return 1;
}

static int less_raises(lua_State *L) {
    clua_check_expired_raises(L);
    lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPLT));
    return 1;
}

// Upvalue 1 is Lua's sort. Without a comparator it would compare in C without an end in sight.
static int sort_raises(lua_State *L) {
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_pushcfunction(L, less_raises);
        lua_replace(L, 2);
    }
    lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(1));
    return original(L);
}

void clua_open_table_raises(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"concat", concat_raises}, {"move", move_raises}, {"insert", insert_raises},
        {"remove", remove_raises}, {NULL, NULL},
    };
    lua_getglobal(L, LUA_TABLIBNAME);
    luaL_setfuncs(L, functions, 0);
    lua_getfield(L, -1, "sort");
    lua_pushcclosure(L, sort_raises, 1);
    lua_setfield(L, -2, "sort");
    lua_pop(L, 1);
}
