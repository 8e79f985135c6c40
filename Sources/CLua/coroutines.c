// SPDX-License-Identifier: Apache-2.0
//
// coroutine.resume, wrap, yield and close, ours so that the tick handler always knows which
// coroutine runs, and so that a check may wait inside a coroutine of its own: the host's suspension
// travels outwards through every resume, and its answer inwards again.

#include <string.h>

#include "vm.h"

enum { RESUMED, FAILED, HOST_SUSPENDED };

// Moves `count` values from L into `co` and runs it. Afterwards the results, or the error, are on
// L, and `count` tells how many; a host suspension leaves nothing there.
static int run_raises(lua_State *L, lua_State *co, int *count) {
    clua_vm *vm = clua_vm_of(L);
    if (!lua_checkstack(co, *count + 8)) luaL_error(L, "too many arguments to resume");
    lua_xmove(L, co, *count);
    bool blocked = !lua_isyieldable(L);
    lua_State *outer = vm->current;
    int results = 0;
    vm->unyieldable += blocked;
    vm->suspended_by_host = false;
    vm->current = co;
    clua_rearm(vm);
    int status = lua_resume(co, L, *count, &results);
    vm->current = outer;
    clua_rearm(vm);
    vm->unyieldable -= blocked;
    if (status == LUA_YIELD && vm->suspended_by_host) return HOST_SUSPENDED;
    if (status == LUA_OK || status == LUA_YIELD) {
        if (!lua_checkstack(L, results + 2)) {
            lua_pop(co, results);
            luaL_error(L, "too many results to resume");
        }
        lua_xmove(co, L, results);
        *count = results;
        return RESUMED;
    }
    lua_xmove(co, L, 1);
    *count = 1;
    return FAILED;
}

static lua_State *coroutine_at_raises(lua_State *L, int index) {
    lua_State *co = lua_tothread(L, index);
    luaL_argexpected(L, co != NULL, index, "coroutine");
    return co;
}

// The coroutine is at 1, the values for it above.
static int resume_raises(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    lua_State *co = coroutine_at_raises(L, 1);
    int count = lua_gettop(L) - 1;
    switch (run_raises(L, co, &count)) {
    case HOST_SUSPENDED: return lua_yieldk(L, 0, 0, resume_raises);
    case FAILED: lua_pushboolean(L, 0); break;
    default: lua_pushboolean(L, 1);
    }
    lua_insert(L, -(count + 1));
    return count + 1;
}

static int resume_entry_raises(lua_State *L) { return resume_raises(L, LUA_OK, 0); }

static int wrapped_raises(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int count = lua_gettop(L);
    switch (run_raises(L, co, &count)) {
    case RESUMED: return count;
    case HOST_SUSPENDED: return lua_yieldk(L, 0, 0, wrapped_raises);
    default: break;
    }
    int state = lua_status(co);
    if (state != LUA_OK && state != LUA_YIELD) lua_resetthread(co);
    if (state != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        size_t length;
        const char *place = lua_tolstring(L, -1, &length);
        // Not the same place again for each of the coroutines that it comes through.
        if (strncmp(lua_tostring(L, -2), place, length) == 0) {
            lua_pop(L, 1);
        } else {
            lua_insert(L, -2);
            lua_concat(L, 2);
        }
    }
    return lua_error(L);
}

static int wrapped_entry_raises(lua_State *L) { return wrapped_raises(L, LUA_OK, 0); }

static int wrap_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, wrapped_entry_raises, 1);
    return 1;
}

static int yield_raises(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    if (L == vm->task_root)
        return luaL_error(L, "coroutine.yield outside a coroutine (a check waits with sleep)");
    vm->suspended_by_host = false;
    return lua_yield(L, lua_gettop(L));
}

static int close_raises(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    lua_State *co = coroutine_at_raises(L, 1), *outer = vm->current;
    lua_Debug ar;
    bool suspended = lua_status(co) == LUA_YIELD;
    bool normal = lua_status(co) == LUA_OK && lua_getstack(co, 0, &ar);
    if (co == L || (normal && !suspended))
        return luaL_error(L, "cannot close a running coroutine");
    vm->current = co;
    clua_rearm(vm);
    int status = lua_resetthread(co);
    vm->current = outer;
    clua_rearm(vm);
    lua_pushboolean(L, status == LUA_OK);
    if (status == LUA_OK) return 1;
    lua_xmove(co, L, 1);
    return 2;
}

void clua_open_coroutine_raises(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"resume", resume_entry_raises}, {"wrap", wrap_raises}, {"yield", yield_raises},
        {"close", close_raises}, {NULL, NULL},
    };
    lua_getglobal(L, LUA_COLIBNAME);
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
