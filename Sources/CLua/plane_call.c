// SPDX-License-Identifier: Apache-2.0
//
// The hot call: a policy chooses among a pool's servers for one query. On the way in nothing is
// allocated and nothing can raise outside the one lua_pcall; on the way out the list that the
// script was given is compared with the pool, and put right if the script sorted or edited it.

#include <stdio.h>

#include "plane.h"

int32_t clua_plane_nonsense(clua_vm *vm, const char *subject, const char *what) {
    clua_fail_with(vm, CLUA_ERROR_RUNTIME, "");
    snprintf(
        vm->failure.message, sizeof vm->failure.message, "the %s returned %s", subject, what);
    return CLUA_DECISION_NONSENSE;
}

static int32_t nonsense(clua_vm *vm, const char *what) {
    return clua_plane_nonsense(vm, "policy", what);
}

// A list: its first server that is up. The seeds' scripts return `servers` itself.
static int32_t first_usable(clua_vm *vm, lua_State *L) {
    const clua_plane_callbacks *c = &vm->plane->callbacks;
    size_t count = lua_rawlen(L, -1);
    for (size_t i = 1; i <= count; i++) {
        uint32_t ordinal;
        lua_rawgeti(L, -1, (lua_Integer)i);
        bool server = clua_plane_server_at(L, -1, &ordinal);
        lua_pop(L, 1);
        if (!server) return nonsense(vm, "a table that is neither a server nor a list of servers");
        if (c->read_server(c->context, ordinal, CLUA_SERVER_IS_UP) != 0) return (int32_t)ordinal;
    }
    lua_pushnil(L);
    // Empty is "no server", but named fields only are something else.
    if (count == 0 && lua_next(L, -2) != 0) {
        lua_pop(L, 2);
        return nonsense(vm, "a table that is neither a server nor a list of servers");
    }
    return CLUA_DECISION_NONE;
}

// What the policy returned is on top. Nothing here raises: lua_next begins at nil.
static int32_t interpret(clua_vm *vm, lua_State *L, const plane_pool *pool) {
    uint32_t ordinal;
    int exact = 0;
    lua_Integer index;
    switch (lua_type(L, -1)) {
    case LUA_TNIL: return CLUA_DECISION_NONE;
    case LUA_TTABLE:
        if (!clua_plane_server_at(L, -1, &ordinal)) return first_usable(vm, L);
        return ordinal == CLUA_NO_SERVER ? CLUA_DECISION_NONE : (int32_t)ordinal;
    case LUA_TNUMBER:
    case LUA_TSTRING:
        index = lua_tointegerx(L, -1, &exact);
        if (exact && index >= 1 && index <= pool->count)
            return (int32_t)pool->ordinals[index - 1];
        return nonsense(vm, "a number that is no index into its servers");
    default: {
        char what[64];
        snprintf(what, sizeof what, "a %s", luaL_typename(L, -1));
        return nonsense(vm, what);
    }
    }
}

static bool is_intact(lua_State *L, const plane_pool *pool) {
    enum { AT_ONCE = 16 };
    lua_rawgeti(L, LUA_REGISTRYINDEX, pool->table);
    int list = lua_gettop(L);
    bool intact = lua_rawlen(L, list) == (lua_Unsigned)pool->count;
    for (int32_t i = 0; intact && i < pool->count; i++) {
        if (i % AT_ONCE == 0) lua_settop(L, list);
        lua_rawgeti(L, list, i + 1);
        intact = lua_topointer(L, -1) == pool->identities[i];
    }
    lua_settop(L, list - 1);
    return intact;
}

static int restore_raises(lua_State *L) {
    const plane_pool *pool = lua_touserdata(L, 1);
    const clua_plane *plane = clua_vm_of(L)->plane;
    lua_rawgeti(L, LUA_REGISTRYINDEX, pool->table);
    for (lua_Unsigned i = lua_rawlen(L, -1); i > (lua_Unsigned)pool->count; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    for (int32_t i = 0; i < pool->count; i++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, plane->servers[pool->ordinals[i]].table);
        lua_rawseti(L, -2, i + 1);
    }
    return 0;
}

// A list that could not be restored, for want of memory, is tried again before the next call.
void clua_plane_restore_lists(clua_vm *vm, plane_pool *called) {
    clua_plane *plane = vm->plane;
    lua_State *L = vm->main;
    if (called != NULL && !is_intact(L, called)) {
        clua_failure failure = vm->failure;
        if (clua_protect(vm, restore_raises, called) != CLUA_OK)
            called->lent = plane->any_lent = true;
        vm->failure = failure;
    }
    if (!plane->any_lent) return;
    plane->any_lent = false;
    clua_failure failure = vm->failure;
    for (int32_t i = 0; i < plane->pool_count; i++) {
        plane_pool *pool = &plane->pools[i];
        if (!pool->lent) continue;
        pool->lent = !is_intact(L, pool)
            && clua_protect(vm, restore_raises, pool) != CLUA_OK;
        plane->any_lent |= pool->lent;
    }
    vm->failure = failure;
}

static int refresh_raises(lua_State *L) {
    clua_plane_refresh_raises(L, lua_touserdata(L, 1));
    return 0;
}

int32_t clua_plane_decision_of(clua_status status) {
    switch (status) {
    case CLUA_ERROR_TIMEOUT: return CLUA_DECISION_TIMEOUT;
    case CLUA_ERROR_MEMORY: return CLUA_DECISION_MEMORY;
    case CLUA_ERROR_INTERNAL: return CLUA_DECISION_INTERNAL;
    default: return CLUA_DECISION_RUNTIME;
    }
}

int32_t clua_plane_prepare(clua_vm *vm) {
    clua_plane *plane = vm->plane;
    uint64_t epoch = plane->callbacks.epoch(plane->callbacks.context);
    if (!plane->fresh || epoch != plane->epoch) {
        clua_status status = clua_protect(vm, refresh_raises, plane);
        if (status != CLUA_OK) return clua_plane_decision_of(status);
        plane->fresh = true;
        plane->epoch = epoch;
    }
    // The call itself, and what looking through a list takes.
    if (!lua_checkstack(vm->main, 40)) {
        clua_fail_with(vm, CLUA_ERROR_MEMORY, "not enough memory for the script's stack");
        return CLUA_DECISION_MEMORY;
    }
    vm->failure_captured = false;
    return 0;
}

static int32_t run(clua_vm *vm, int32_t function, plane_pool *pool) {
    clua_plane *plane = vm->plane;
    lua_State *L = vm->main;
    int32_t refused = clua_plane_prepare(vm);
    if (refused != 0) return refused;
    int top = lua_gettop(L);
    lua_pushcfunction(L, clua_message_handler_raises);
    lua_rawgeti(L, LUA_REGISTRYINDEX, function);
    lua_rawgeti(L, LUA_REGISTRYINDEX, pool->table);
    lua_rawgeti(L, LUA_REGISTRYINDEX, plane->subjects[0]);
    int result = lua_pcall(L, 2, 1, top + 1);
    int32_t decision = result == LUA_OK ? interpret(vm, L, pool)
                                        : clua_plane_decision_of(clua_fail(vm, result));
    clua_plane_restore_lists(vm, pool);
    lua_settop(L, top);
    return decision;
}

int32_t clua_plane_begin(clua_vm *vm, const void *query, int32_t ticks) {
    clua_plane *plane = vm->plane;
    if (!clua_enter(vm, ticks)) {
        clua_fail_with(vm, CLUA_ERROR_INTERNAL, "cannot create a timer for scripts");
        return CLUA_DECISION_INTERNAL;
    }
    if (!plane->collector_stopped) {
        lua_gc(vm->main, LUA_GCSTOP);
        plane->collector_stopped = true;
        plane->bytes_after_step = vm->memory_bytes;
    }
    plane->query = query;
    return 0;
}

void clua_plane_end(clua_vm *vm) {
    vm->plane->query = NULL;
    vm->plane->called = -1;
    clua_leave(vm);
}

int32_t clua_plane_call(
    clua_vm *vm, int32_t function, int32_t pool, const void *query, int32_t ticks) {
    clua_plane *plane = vm->plane;
    if (plane == NULL || pool < 0 || pool >= plane->pool_count) {
        clua_fail_with(vm, CLUA_ERROR_INTERNAL, "no such pool in this VM");
        return CLUA_DECISION_INTERNAL;
    }
    int32_t refused = clua_plane_begin(vm, query, ticks);
    if (refused != 0) return refused;
    plane->called = pool;
    int32_t decision = run(vm, function, &plane->pools[pool]);
    clua_plane_end(vm);
    return decision;
}

// The collector is stopped while queries wait and works off, between batches, twice what was
// allocated since its last step, so that garbage cannot grow.
void clua_plane_collect_step(clua_vm *vm) {
    clua_plane *plane = vm->plane;
    if (plane == NULL) return;
    enum { STEP_KIBIBYTES_MAX = 256 };
    size_t grown = vm->memory_bytes > plane->bytes_after_step
        ? vm->memory_bytes - plane->bytes_after_step : 0;
    size_t kibibytes = 2 * grown / 1024;
    if (kibibytes == 0) return;
    if (kibibytes > STEP_KIBIBYTES_MAX) kibibytes = STEP_KIBIBYTES_MAX;
    lua_gc(vm->main, LUA_GCSTEP, (int)kibibytes);
    plane->bytes_after_step = vm->memory_bytes;
}
