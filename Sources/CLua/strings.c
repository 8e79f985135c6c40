// SPDX-License-Identifier: Apache-2.0
//
// string.rep and format with a bound on what they make, sub and byte that take fractions as Lua 5.1
// does, and no string.dump. The string metatable's __index is this same table, so s:rep() is bounded
// as well.

#include <limits.h>
#include <string.h>

#include "vm.h"

// What one call may make at load time, within the memory cap; later it is the VM's own bound.
enum { RESULT_BYTES_MAX_LOADING = 64 * 1024 * 1024 };
// Between two looks at the budget.
enum { COPIES_BETWEEN_CHECKS = 1024, FORMAT_BYTES_MAX = 64 * 1024 };

static size_t result_bytes_max(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    return vm->phase == CLUA_PHASE_LOAD ? RESULT_BYTES_MAX_LOADING : vm->text_bytes_max;
}

static int rep_raises(lua_State *L) {
    size_t length, separator_length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer count = clua_integer_raises(L, 2);
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

// The offset of a position, which counts from the end when it is negative: for the first of a range,
// and for the one behind its last.
static size_t first_offset(lua_Integer position, size_t length) {
    if (position > 0) return (size_t)position - 1;
    if (position == 0 || position < -(lua_Integer)length) return 0;
    return length + (size_t)position;
}

static size_t end_offset(lua_Integer position, size_t length) {
    if (position > (lua_Integer)length) return length;
    if (position >= 0) return (size_t)position;
    if (position < -(lua_Integer)length) return 0;
    return length + (size_t)position + 1;
}

static int sub_raises(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    size_t first = first_offset(clua_integer_raises(L, 2), length);
    size_t end = end_offset(clua_optional_integer_raises(L, 3, -1), length);
    if (first < end) lua_pushlstring(L, text + first, end - first);
    else lua_pushliteral(L, "");
    return 1;
}

static int byte_raises(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer from = clua_optional_integer_raises(L, 2, 1);
    size_t first = first_offset(from, length);
    size_t end = end_offset(clua_optional_integer_raises(L, 3, from), length);
    if (first >= end) return 0;
    luaL_argcheck(L, end - first < INT_MAX, 3, "string slice too long");
    int count = (int)(end - first);
    luaL_checkstack(L, count, "string slice too long");
    for (int i = 0; i < count; i++) lua_pushinteger(L, (uint8_t)text[first + (size_t)i]);
    return count;
}

// MARK: format

// Goes through the directives of a format as Lua 5.1 reads them: numbers for %d and its like lose
// their fractions, and %u, which Lua 5.4 has not, becomes %d in the copy that takes the format's place.
static void adapt_format_raises(lua_State *L, const char *format, size_t length) {
    luaL_Buffer buffer;
    char *copy = luaL_buffinitsize(L, &buffer, length);
    memcpy(copy, format, length);
    int argument = 1;
    for (size_t i = 0; i < length; i++) {
        if (copy[i] != '%') continue;
        if (++i < length && copy[i] == '%') continue;
        while (i < length && strchr("-+ #0123456789.", copy[i]) != NULL && copy[i] != 0) i++;
        if (i == length) break;
        argument += 1;
        if (copy[i] == 'u') copy[i] = 'd';
        if (strchr("dicoxX", copy[i]) == NULL || copy[i] == 0) continue;
        if (lua_type(L, argument) != LUA_TNUMBER || lua_isinteger(L, argument)) continue;
        lua_pushinteger(L, clua_integer_raises(L, argument));
        lua_replace(L, argument);
    }
    luaL_pushresultsize(&buffer, length);
    lua_replace(L, 1);
}

// Upvalue 1 is Lua's format: widths end at 99, so only the arguments' own lengths count.
static int format_raises(lua_State *L) {
    size_t total = 0, length;
    const char *format = luaL_checklstring(L, 1, &length);
    luaL_argcheck(L, length <= FORMAT_BYTES_MAX, 1, "format is too long");
    bool has_float = false;
    for (int i = 2; i <= lua_gettop(L); i++) {
        int type = lua_type(L, i);
        if (type == LUA_TSTRING) total += lua_rawlen(L, i);
        else if (type == LUA_TNUMBER && !lua_isinteger(L, i)) has_float = true;
    }
    if (total > result_bytes_max(L))
        return luaL_error(L, "string.format: the result would be longer than %d bytes",
            (int)result_bytes_max(L));
    if (has_float || memchr(format, 'u', length) != NULL) adapt_format_raises(L, format, length);
    lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(1));
    return original(L);
}

void clua_open_string_raises(lua_State *L) {
    lua_getglobal(L, LUA_STRLIBNAME);
    static const luaL_Reg functions[] = {
        {"rep", rep_raises}, {"sub", sub_raises}, {"byte", byte_raises}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_getfield(L, -1, "format");
    lua_pushcclosure(L, format_raises, 1);
    lua_setfield(L, -2, "format");
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_pop(L, 1);
}
