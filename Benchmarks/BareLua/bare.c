// SPDX-License-Identifier: Apache-2.0

#include "BareLua.h"

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdio.h>
#include <stdlib.h>

struct bare_lua {
    lua_State *state;
    int policy, servers, query;
};

static int handle_message(lua_State *L) {
    luaL_traceback(L, L, lua_tostring(L, 1), 1);
    return 1;
}

bare_lua *bare_lua_open(
    const char *setup, const char *policy, int64_t count, char *error, int32_t error_bytes) {
    bare_lua *bare = calloc(1, sizeof *bare);
    lua_State *L = luaL_newstate();
    if (bare == NULL || L == NULL) {
        snprintf(error, (size_t)error_bytes, "not enough memory");
        free(bare);
        return NULL;
    }
    bare->state = L;
    luaL_openlibs(L);
    int status = luaL_loadfile(L, setup);
    if (status == LUA_OK) {
        lua_pushstring(L, policy);
        lua_pushinteger(L, count);
        status = lua_pcall(L, 2, 3, 0);
    }
    if (status != LUA_OK) {
        snprintf(error, (size_t)error_bytes, "%s", lua_tostring(L, -1));
        bare_lua_close(bare);
        return NULL;
    }
    bare->query = luaL_ref(L, LUA_REGISTRYINDEX);
    bare->servers = luaL_ref(L, LUA_REGISTRYINDEX);
    bare->policy = luaL_ref(L, LUA_REGISTRYINDEX);
    return bare;
}

int64_t bare_lua_run(bare_lua *bare, int64_t calls) {
    lua_State *L = bare->state;
    int64_t sum = 0;
    for (int64_t i = 0; i < calls; i++) {
        lua_pushcfunction(L, handle_message);
        lua_rawgeti(L, LUA_REGISTRYINDEX, bare->policy);
        lua_rawgeti(L, LUA_REGISTRYINDEX, bare->servers);
        lua_rawgeti(L, LUA_REGISTRYINDEX, bare->query);
        if (lua_pcall(L, 2, 1, -4) != LUA_OK || !lua_istable(L, -1)) {
            fprintf(stderr, "bare Lua: %s\n", luaL_tolstring(L, -1, NULL));
            lua_settop(L, 0);
            return -1;
        }
        lua_getfield(L, -1, "number");
        sum += lua_tointeger(L, -1);
        lua_settop(L, 0);
    }
    return sum;
}

void bare_lua_close(bare_lua *bare) {
    if (bare == NULL) return;
    lua_close(bare->state);
    free(bare);
}
