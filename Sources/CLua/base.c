// SPDX-License-Identifier: Apache-2.0
//
// The base library's functions that need a bound: setmetatable, xpcall, load, collectgarbage,
// pairs, and debug trimmed to what reads.

#include <stdlib.h>
#include <string.h>

#include "vm.h"

// Finalisers run at any allocation, on whichever script allocates, and no hook reaches them.
static int setmetatable_raises(lua_State *L) {
    if (lua_type(L, 2) == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "__gc is not available to scripts (use a <close> variable)");
        lua_pop(L, 1);
    }
    lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(1));
    return original(L);
}

// The script's own handler, skipped once the budget is used up: hooks are off while an error that
// a hook raised is handled, so one that loops could not be stopped.
static int guarded_handler_raises(lua_State *L) {
    if (clua_vm_of(L)->expired) return 1;
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int xpcall_finished(lua_State *L, int status, lua_KContext skipped) {
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_pushboolean(L, 0);
        lua_pushvalue(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)skipped;
}

static int xpcall_raises(lua_State *L) {
    int top = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, guarded_handler_raises, 1);
    lua_replace(L, 2);
    // function, handler, arguments… becomes function, handler, true, function, arguments…
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    if (top > 2) lua_rotate(L, 3, 2);
    return xpcall_finished(L, lua_pcallk(L, top - 2, LUA_MULTRET, 2, 2, xpcall_finished), 2);
}

// Source text only: a corrupt binary chunk can crash the VM.
static int load_raises(lua_State *L) {
    int top = lua_gettop(L);
    if (top < 3) lua_settop(L, top = 3);
    size_t length;
    if (lua_type(L, 1) == LUA_TSTRING && lua_type(L, 2) == LUA_TSTRING) {
        const char *source = lua_tolstring(L, 1, &length);
        clua_read_pragma(clua_vm_of(L), lua_tostring(L, 2), source, length);
    }
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, top, LUA_MULTRET);
    return lua_gettop(L);
}

// Collection is the host's: a script may ask how much it holds, and nothing else happens.
static int collectgarbage_raises(lua_State *L) {
    const char *option = luaL_optstring(L, 1, "collect");
    if (strcmp(option, "count") == 0) {
        lua_pushnumber(L, (lua_Number)clua_vm_of(L)->memory_bytes / 1024);
    } else if (strcmp(option, "isrunning") == 0 || strcmp(option, "step") == 0) {
        lua_pushboolean(L, 1);
    } else {
        lua_pushinteger(L, 0);
    }
    return 1;
}

// MARK: pairs, in a fixed order at load time

// Configurations declare in loops over tables, and Lua's order differs from VM to VM (its hash seed
// is an address and the time). What is declared has an ordinal that must agree in all of them, so
// while loading, pairs goes in order: integers, numbers, strings, then the rest as it comes.

static int rank(lua_State *L, int index) {
    switch (lua_type(L, index)) {
    case LUA_TNUMBER: return 0;
    case LUA_TSTRING: return 1;
    case LUA_TBOOLEAN: return 2;
    default: return 3;
    }
}

static int key_less_raises(lua_State *L) {
    clua_check_expired_raises(L);
    int a = rank(L, 1), b = rank(L, 2);
    bool less = false;
    if (a != b) less = a < b;
    else if (a == 0) less = lua_compare(L, 1, 2, LUA_OPLT);
    else if (a == 1) {
        size_t n, m;
        const char *x = lua_tolstring(L, 1, &n), *y = lua_tolstring(L, 2, &m);
        int order = memcmp(x, y, n < m ? n : m);
        less = order < 0 || (order == 0 && n < m);
    } else if (a == 2) less = !lua_toboolean(L, 1) && lua_toboolean(L, 2);
    lua_pushboolean(L, less);
    return 1;
}

// Upvalues: 1 the keys, 2 how many were visited. Keys that were removed meanwhile are skipped.
static int ordered_next_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));
    for (;;) {
        i += 1;
        lua_settop(L, 1);
        if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL) return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL) break;
    }
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(2));
    return 2;
}

static int ordered_pairs_raises(lua_State *L) {
    lua_newtable(L);
    int keys = lua_gettop(L);
    lua_Integer count = 0;
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_rawseti(L, keys, ++count);
    }
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushvalue(L, keys);
    lua_pushcfunction(L, key_less_raises);
    lua_call(L, 2, 0);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, ordered_next_raises, 2);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

// Upvalues: 1 Lua's pairs, 2 Lua's table.sort, 3 Lua's next.
static int pairs_raises(lua_State *L) {
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_settop(L, 1);
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_insert(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (clua_vm_of(L)->phase == CLUA_PHASE_LOAD) return ordered_pairs_raises(L);
    lua_pushvalue(L, lua_upvalueindex(3));
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

// Lua's own complains of a nil at its first step, without naming ipairs. Upvalue 1 is Lua's.
static int ipairs_raises(lua_State *L) {
    luaL_checkany(L, 1);
    if (lua_type(L, 1) != LUA_TTABLE && luaL_getmetafield(L, 1, "__index") == LUA_TNIL)
        luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(1));
    return original(L);
}

static void wrap_global_raises(lua_State *L, const char *name, lua_CFunction wrapper) {
    lua_getglobal(L, name);
    lua_pushcclosure(L, wrapper, 1);
    lua_setglobal(L, name);
}

void clua_open_base_raises(lua_State *L) {
    wrap_global_raises(L, "setmetatable", setmetatable_raises);
    wrap_global_raises(L, "load", load_raises);
    wrap_global_raises(L, "ipairs", ipairs_raises);
    lua_pushcfunction(L, xpcall_raises);
    lua_setglobal(L, "xpcall");
    lua_pushcfunction(L, collectgarbage_raises);
    lua_setglobal(L, "collectgarbage");
    lua_getglobal(L, "pairs");
    lua_getglobal(L, LUA_TABLIBNAME);
    lua_getfield(L, -1, "sort");
    lua_remove(L, -2);
    lua_getglobal(L, "next");
    lua_pushcclosure(L, pairs_raises, 3);
    lua_setglobal(L, "pairs");
}

void clua_open_debug_raises(lua_State *L) {
    static const char *const kept[] = {"traceback", "getinfo"};
    lua_newtable(L);
    lua_getglobal(L, LUA_DBLIBNAME);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        lua_getfield(L, -1, kept[i]);
        lua_setfield(L, -3, kept[i]);
    }
    lua_pop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, LUA_DBLIBNAME);
    lua_pop(L, 1);
    lua_setglobal(L, LUA_DBLIBNAME);
}
