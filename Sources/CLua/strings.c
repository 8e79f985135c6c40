// SPDX-License-Identifier: Apache-2.0
//
// string.rep and format with a bound on what they make, and no string.dump. The string metatable's
// __index is this same table, so s:rep() is bounded as well.

#include <string.h>

#include "vm.h"

// What one call may make. At load time scripts may build larger texts, within the memory cap.
enum { RESULT_BYTES_MAX = 1024 * 1024, RESULT_BYTES_MAX_LOADING = 64 * 1024 * 1024 };
// Between two looks at the budget.
enum { COPIES_BETWEEN_CHECKS = 1024, FORMAT_BYTES_MAX = 64 * 1024 };

static size_t result_bytes_max(lua_State *L) {
    return clua_vm_of(L)->phase == CLUA_PHASE_LOAD ? RESULT_BYTES_MAX_LOADING : RESULT_BYTES_MAX;
}

static int rep_raises(lua_State *L) {
    size_t length, separator_length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_length);
    size_t max = result_bytes_max(L);
    if (count <= 0 || length + separator_length == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((lua_Unsigned)count > max / (length + separator_length))
        return luaL_error(L, "string.rep: the result would be longer than %d bytes", (int)max);
    size_t total = (size_t)count * length + (size_t)(count - 1) * separator_length;
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, total);
    for (lua_Integer i = 0; i < count; i++) {
        if (i % COPIES_BETWEEN_CHECKS == 0) clua_check_expired_raises(L);
        memcpy(to, text, length);
        to += length;
        if (i == count - 1 || separator_length == 0) continue;
        memcpy(to, separator, separator_length);
        to += separator_length;
    }
    luaL_pushresultsize(&buffer, total);
    return 1;
}

// Upvalue 1 is Lua's format: widths end at 99, so only the arguments' own lengths count.
static int format_raises(lua_State *L) {
    size_t total = 0, length;
    luaL_checklstring(L, 1, &length);
    luaL_argcheck(L, length <= FORMAT_BYTES_MAX, 1, "format is too long");
    for (int i = 2; i <= lua_gettop(L); i++) {
        if (lua_type(L, i) == LUA_TSTRING) total += lua_rawlen(L, i);
    }
    if (total > result_bytes_max(L))
        return luaL_error(L, "string.format: the result would be longer than %d bytes",
            (int)result_bytes_max(L));
    lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(1));
    return original(L);
}

void clua_open_string_raises(lua_State *L) {
    lua_getglobal(L, LUA_STRLIBNAME);
    lua_pushcfunction(L, rep_raises);
    lua_setfield(L, -2, "rep");
    lua_getfield(L, -1, "format");
    lua_pushcclosure(L, format_raises, 1);
    lua_setfield(L, -2, "format");
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_pop(L, 1);
}
