// SPDX-License-Identifier: Apache-2.0
//
// Names for what the library and the host define: its place in the globals before any script ran.

#include "digest.h"

const char digest_baseline_key;

// Names what the table at `index` leads to, unless it was seen. `path` is below it.
static void note_raises(lua_State *L, int baseline, int seen, int index, int path, int depth) {
    lua_pushvalue(L, index);
    if (depth > CLUA_DEPTH_MAX || lua_rawget(L, seen) != LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    lua_pop(L, 1);
    lua_pushvalue(L, index);
    lua_pushboolean(L, 1);
    lua_rawset(L, seen);
    luaL_checkstack(L, 8, NULL);
    size_t count;
    bool all;
    const digest_key *keys = digest_push_keys_raises(L, index, &count, &all);
    int top = lua_gettop(L);
    for (size_t i = 0; i < count; i++) {
        const char *above = lua_tostring(L, path);
        if (keys[i].text != NULL) lua_pushfstring(L, "%s.%s", above, keys[i].text);
        else lua_pushfstring(L, "%s.%I", above, (LUAI_UACINT)keys[i].integer);
        digest_push_key(L, &keys[i]);
        int type = lua_rawget(L, index);
        if (type == LUA_TTABLE) note_raises(L, baseline, seen, top + 2, top + 1, depth + 1);
        if (type == LUA_TFUNCTION || type == LUA_TUSERDATA) {
            // One function under two names is the first of them.
            lua_pushvalue(L, top + 2);
            if (lua_rawget(L, baseline) == LUA_TNIL) {
                lua_pushvalue(L, top + 2);
                lua_pushvalue(L, top + 1);
                lua_rawset(L, baseline);
            }
        }
        lua_settop(L, top);
    }
    lua_pop(L, 1);
    if (!lua_getmetatable(L, index)) return;
    lua_pushfstring(L, "%s()", lua_tostring(L, path));
    note_raises(L, baseline, seen, lua_gettop(L) - 1, lua_gettop(L), depth + 1);
    lua_pop(L, 2);
}

static int note_baseline_raises(lua_State *L) {
    lua_settop(L, 0);
    lua_newtable(L);
    lua_newtable(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushliteral(L, "");
    note_raises(L, 1, 2, 3, 4, 0);
    lua_pushliteral(L, "");
    if (lua_getmetatable(L, -1)) note_raises(L, 1, 2, lua_gettop(L), 4, 0);
    lua_pushvalue(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &digest_baseline_key);
    return 0;
}

clua_status clua_note_baseline(clua_vm *vm) {
    return clua_protect(vm, note_baseline_raises, NULL);
}
