// SPDX-License-Identifier: Apache-2.0
//
// string.find, match, gmatch and gsub over our own matcher. Installed in the string table itself,
// which is also the string metatable's __index, so that s:find() is bounded too.

#include <string.h>

#include "pattern.h"

// The offset where a search begins, for a position as Lua's string library takes them (negative
// ones count from the end); beyond the text it is `length` + 1.
static size_t start_offset(lua_Integer position, size_t length) {
    if (position > 0) {
        size_t offset = (size_t)position - 1;
        return offset > length ? length + 1 : offset;
    }
    if (position == 0 || position < -(lua_Integer)length) return 0;
    return length + (size_t)position;
}

static int find_or_match_raises(lua_State *L, bool finding) {
    size_t length, pattern_length;
    const char *text = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t offset = start_offset(clua_optional_integer_raises(L, 3, 1), length);
    if (offset > length) {
        luaL_pushfail(L);
        return 1;
    }
    const char *at = text + offset;
    if (finding && (lua_toboolean(L, 4) || pattern_is_plain(pattern, pattern_length))) {
        const char *found = pattern_find_plain(
            at, (size_t)(text + length - at), pattern, pattern_length);
        if (found == NULL) {
            luaL_pushfail(L);
            return 1;
        }
        lua_pushinteger(L, found - text + 1);
        lua_pushinteger(L, found - text + (lua_Integer)pattern_length);
        return 2;
    }
    pattern_state state;
    pattern_begin(&state, L, text, length, pattern, pattern_length);
    bool anchored = pattern_length > 0 && *pattern == '^';
    for (;; at++) {
        state.count = state.depth = 0;
        const char *end = pattern_match_raises(&state, at, pattern + anchored);
        if (end != NULL) {
            if (!finding) return pattern_push_captures_raises(&state, at, end);
            lua_pushinteger(L, at - text + 1);
            lua_pushinteger(L, end - text);
            return pattern_push_captures_raises(&state, NULL, NULL) + 2;
        }
        if (anchored || at == state.text_end) break;
    }
    luaL_pushfail(L);
    return 1;
}

static int find_raises(lua_State *L) { return find_or_match_raises(L, true); }
static int match_raises(lua_State *L) { return find_or_match_raises(L, false); }

// Upvalues: 1 text, 2 pattern, 3 where to go on, 4 where the last match ended (both offsets; the
// last is -1 at first, so that an empty match does not follow a match directly).
static int gmatch_next_raises(lua_State *L) {
    size_t length, pattern_length;
    const char *text = lua_tolstring(L, lua_upvalueindex(1), &length);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    pattern_state state;
    pattern_begin(&state, L, text, length, pattern, pattern_length);
    const char *at = text + lua_tointeger(L, lua_upvalueindex(3));
    for (; at <= state.text_end; at++) {
        state.count = state.depth = 0;
        const char *end = pattern_match_raises(&state, at, pattern);
        if (end == NULL || end - text == last) continue;
        lua_pushinteger(L, end - text);
        lua_pushvalue(L, -1);
        lua_replace(L, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return pattern_push_captures_raises(&state, at, end);
    }
    return 0;
}

static int gmatch_raises(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    size_t offset = start_offset(clua_optional_integer_raises(L, 3, 1), length);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)offset);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_next_raises, 4);
    return 1;
}

// MARK: gsub

static void add_template_raises(
    pattern_state *s, luaL_Buffer *buffer, const char *start, const char *end) {
    lua_State *L = s->L;
    size_t length;
    const char *template = lua_tolstring(L, 3, &length), *stop = template + length;
    for (const char *p = template; p < stop; p++) {
        if (*p != '%') {
            luaL_addchar(buffer, *p);
            continue;
        }
        p++;
        if (p < stop && *p == '%') {
            luaL_addchar(buffer, '%');
        } else if (p < stop && *p == '0') {
            luaL_addlstring(buffer, start, (size_t)(end - start));
        } else if (p < stop && *p >= '1' && *p <= '9') {
            pattern_push_capture_raises(s, *p - '1', start, end);
            luaL_tolstring(L, -1, NULL);
            lua_remove(L, -2);
            luaL_addvalue(buffer);
        } else {
            // Lua 5.1 takes what follows as it is; at the end there is only the sign itself.
            luaL_addchar(buffer, p < stop ? *p : '%');
        }
    }
}

// Adds what replaces one match; nil and false keep it.
static void add_replacement_raises(
    pattern_state *s, luaL_Buffer *buffer, const char *start, const char *end) {
    lua_State *L = s->L;
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION: {
        lua_pushvalue(L, 3);
        int count = pattern_push_captures_raises(s, start, end);
        lua_call(L, count, 1);
        break;
    }
    case LUA_TTABLE:
        pattern_push_capture_raises(s, 0, start, end);
        lua_gettable(L, 3);
        break;
    default: add_template_raises(s, buffer, start, end); return;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(buffer, start, (size_t)(end - start));
        return;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(buffer);
}

static int gsub_raises(lua_State *L) {
    size_t length, pattern_length;
    const char *text = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    int type = lua_type(L, 3);
    luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE
        || type == LUA_TFUNCTION, 3, "string/function/table");
    lua_Integer max = clua_optional_integer_raises(L, 4, (lua_Integer)length + 1), count = 0;
    bool anchored = pattern_length > 0 && *pattern == '^';
    pattern_state state;
    luaL_Buffer buffer;
    // Converts a number once, in place.
    if (type == LUA_TNUMBER) lua_tostring(L, 3);
    pattern_begin(&state, L, text, length, pattern, pattern_length);
    luaL_buffinit(L, &buffer);
    const char *at = text, *last = NULL;
    while (count < max) {
        state.count = state.depth = 0;
        const char *end = pattern_match_raises(&state, at, pattern + anchored);
        if (end != NULL && end != last) {
            count++;
            add_replacement_raises(&state, &buffer, at, end);
            at = last = end;
        } else if (at < state.text_end) {
            luaL_addchar(&buffer, *at);
            at++;
        } else {
            break;
        }
        if (anchored) break;
    }
    luaL_addlstring(&buffer, at, (size_t)(state.text_end - at));
    luaL_pushresult(&buffer);
    lua_pushinteger(L, count);
    return 2;
}

void clua_open_patterns_raises(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"find", find_raises}, {"match", match_raises}, {"gmatch", gmatch_raises},
        {"gsub", gsub_raises}, {NULL, NULL},
    };
    lua_getglobal(L, LUA_STRLIBNAME);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
