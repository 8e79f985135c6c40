// SPDX-License-Identifier: Apache-2.0
//
// The plane kit of a VM: its set-up and end, its pools, and the built-in policies as scripts call
// them. plane_call.c has the hot call itself.

#include <stdio.h>
#include <string.h>

#include "plane.h"

clua_plane *clua_plane_of_raises(lua_State *L) {
    clua_plane *plane = clua_vm_of(L)->plane;
    if (plane == NULL) luaL_error(L, "internal: this VM has no plane servers");
    return plane;
}

static int set_up_raises(lua_State *L) {
    clua_plane_open_servers_raises(L, lua_touserdata(L, 1));
    return 0;
}

clua_status clua_plane_set_up(clua_vm *vm, const clua_plane_callbacks *callbacks) {
    if (vm->plane != NULL) return clua_fail_with(vm, CLUA_ERROR_INTERNAL, "set up already");
    clua_plane *plane = clua_reallocate(vm, NULL, 0, sizeof *plane);
    if (plane == NULL)
        return clua_fail_with(vm, CLUA_ERROR_MEMORY, "not enough memory for plane servers");
    memset(plane, 0, sizeof *plane);
    plane->callbacks = *callbacks;
    plane->called = -1;
    plane->server_metatable = LUA_NOREF;
    plane->no_server = LUA_NOREF;
    for (int i = 0; i < CLUA_SUBJECTS_MAX; i++) plane->subjects[i] = LUA_NOREF;
    vm->plane = plane;
    return clua_protect(vm, set_up_raises, plane);
}

void clua_plane_close(clua_vm *vm) {
    clua_plane *plane = vm->plane;
    if (plane == NULL) return;
    for (int32_t i = 0; i < plane->pool_count; i++) {
        size_t count = (size_t)plane->pools[i].count;
        clua_reallocate(vm, plane->pools[i].ordinals, count * sizeof(uint32_t), 0);
        clua_reallocate(vm, plane->pools[i].identities, count * sizeof(void *), 0);
    }
    clua_reallocate(vm, plane->pools, (size_t)plane->pool_count * sizeof *plane->pools, 0);
    clua_reallocate(vm, plane->servers, plane->server_count * sizeof *plane->servers, 0);
    clua_reallocate(
        vm, plane->chosen_from, plane->chosen_from_capacity * sizeof(uint32_t), 0);
    clua_reallocate(vm, plane->text.bytes, plane->text.capacity, 0);
    clua_reallocate(vm, plane, sizeof *plane, 0);
    vm->plane = NULL;
}

// MARK: Lines that are logged

// Upvalue: the priority. Nothing is allocated here: the text is the script's own.
static int log_raises(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    size_t length;
    const char *text = lua_tolstring(L, 1, &length);
    // What the file logs while it is read, control's evaluation has logged.
    if (text == NULL || vm->phase == CLUA_PHASE_LOAD) return 0;
    clua_plane *plane = clua_plane_of_raises(L);
    clua_note_caller(L, vm);
    plane->callbacks.log(plane->callbacks.context, (int32_t)lua_tointeger(L, lua_upvalueindex(1)),
        (const uint8_t *)text, length, vm->caller_line > 0 ? vm->caller_file : NULL,
        vm->caller_line);
    return 0;
}

typedef struct {
    const char *name;
    int32_t priority;
} log_request;

static int define_log_raises(lua_State *L) {
    const log_request *r = lua_touserdata(L, 1);
    lua_pushinteger(L, r->priority);
    lua_pushcclosure(L, log_raises, 1);
    lua_setglobal(L, r->name);
    return 0;
}

clua_status clua_plane_define_log(clua_vm *vm, const char *name, int32_t priority) {
    log_request request = {name, priority};
    return clua_protect(vm, define_log_raises, &request);
}

// MARK: Pools

static const char pools_key;

static int get_pool_servers_raises(lua_State *L) {
    clua_plane *plane = clua_plane_of_raises(L);
    const char *name = luaL_checkstring(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &pools_key);
    if (lua_getfield(L, -1, name) != LUA_TNUMBER)
        return luaL_error(L, "getPoolServers: there is no pool '%s'", name);
    plane_pool *pool = &plane->pools[lua_tointeger(L, -1)];
    pool->lent = plane->any_lent = true;
    lua_rawgeti(L, LUA_REGISTRYINDEX, pool->table);
    return 1;
}

typedef struct {
    const char *name;
    const uint32_t *ordinals;
    int32_t count, slot;
} pool_request;

static void register_pool_raises(lua_State *L, const pool_request *r) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &pools_key) != LUA_TTABLE) {
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &pools_key);
        lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
        lua_pushcfunction(L, get_pool_servers_raises);
        lua_setfield(L, -2, "getPoolServers");
        lua_pop(L, 1);
    }
    lua_pushinteger(L, r->slot);
    lua_setfield(L, -2, r->name);
}

static void *allocate_raises(lua_State *L, size_t bytes) {
    void *made = clua_reallocate(clua_vm_of(L), NULL, 0, bytes);
    if (made == NULL) luaL_error(L, "not enough memory for a pool");
    return made;
}

// Appends the pool, of which the table is in the registry; what it owns is the plane's to free.
static void append_pool_raises(lua_State *L, clua_plane *plane, const pool_request *r, int table) {
    clua_vm *vm = clua_vm_of(L);
    size_t size = sizeof *plane->pools, held = (size_t)plane->pool_count * size;
    plane_pool *pools = clua_reallocate(vm, plane->pools, held, held + size);
    if (pools == NULL) luaL_error(L, "not enough memory for a pool");
    plane->pools = pools;
    // Not a pool of the plane before it is whole, but its memory must be found when it never is.
    plane_pool *pool = &pools[plane->pool_count];
    *pool = (plane_pool){.table = table};
    plane->pool_count += 1;
    if (r->count == 0) return;
    size_t count = (size_t)r->count;
    pool->ordinals = allocate_raises(L, count * sizeof *pool->ordinals);
    memcpy(pool->ordinals, r->ordinals, count * sizeof *pool->ordinals);
    pool->identities = allocate_raises(L, count * sizeof *pool->identities);
    for (size_t i = 0; i < count; i++)
        pool->identities[i] = plane->servers[r->ordinals[i]].identity;
    pool->count = r->count;
}

static int add_pool_raises(lua_State *L) {
    pool_request *r = lua_touserdata(L, 1);
    clua_plane *plane = clua_plane_of_raises(L);
    if (plane->pool_count >= CLUA_PLANE_POOLS_MAX) luaL_error(L, "too many pools");
    lua_createtable(L, r->count, 0);
    for (int32_t i = 0; i < r->count; i++) {
        clua_push_plane_server_raises(L, r->ordinals[i]);
        lua_rawseti(L, -2, i + 1);
    }
    int table = luaL_ref(L, LUA_REGISTRYINDEX);
    r->slot = plane->pool_count;
    register_pool_raises(L, r);
    append_pool_raises(L, plane, r, table);
    return 0;
}

clua_status clua_plane_add_pool(clua_vm *vm, const char *name, const uint32_t *ordinals,
    int32_t count, int32_t *pool) {
    pool_request r = {.name = name, .ordinals = ordinals, .count = count, .slot = -1};
    clua_status status = clua_protect(vm, add_pool_raises, &r);
    *pool = r.slot;
    return status;
}

// MARK: Built-in policies, called from scripts

static void reserve_raises(lua_State *L, clua_plane *plane, size_t count) {
    if (count <= plane->chosen_from_capacity) return;
    if (count > CLUA_PLANE_SERVERS_MAX) luaL_error(L, "the list of servers is too long");
    uint32_t *more = clua_reallocate(clua_vm_of(L), plane->chosen_from,
        plane->chosen_from_capacity * sizeof *more, count * sizeof *more);
    if (more == NULL) luaL_error(L, "not enough memory for a list of servers");
    plane->chosen_from = more;
    plane->chosen_from_capacity = count;
}

// `position` in the list at 1 counts from 1; 0 is none.
//
// For want of a usable server dnsdist up to 2.0 returns a handle that is true and reads as 0, false
// and ""; scripts that ask it for isUp() or upStatus rely on that, and one that only returns it says
// "no server". From 2.1 on it is nil, as it is here for files that ask for indices.
static void push_choice_raises(lua_State *L, clua_plane *plane, int32_t position) {
    if (clua_caller_wants_index(L)) {
        if (position > 0) lua_pushinteger(L, position);
        else lua_pushnil(L);
    } else if (position > 0) {
        lua_rawgeti(L, 1, position);
    } else {
        lua_rawgeti(L, LUA_REGISTRYINDEX, plane->no_server);
    }
}

static uint32_t element_raises(lua_State *L, size_t position) {
    const char *policy = lua_tostring(L, lua_upvalueindex(2));
    uint32_t ordinal;
    if (!clua_plane_server_at(L, -1, &ordinal))
        luaL_error(L, "%s.policy: element %d of the list is not a server", policy, (int)position);
    if (ordinal == CLUA_NO_SERVER)
        luaL_error(L, "%s.policy: element %d of the list is what a policy returned for no server",
            policy, (int)position);
    return ordinal;
}

// The ordinals of the list at 1. Most lists are a part of the pool whose policy runs, in its order: so
// each element is looked for there, behind the one before it, which costs a comparison of addresses.
static void read_list_raises(lua_State *L, clua_plane *plane, size_t count) {
    enum { AT_ONCE = 16, STRANGERS_MAX = 4 };
    static const plane_pool nobody;
    const plane_pool *pool = plane->called < 0 ? &nobody : &plane->pools[plane->called];
    int32_t next = 0, members = pool->count, strangers = 0;
    int top = lua_gettop(L);
    luaL_checkstack(L, AT_ONCE, NULL);
    for (size_t i = 0; i < count; i++) {
        if (i % AT_ONCE == 0) lua_settop(L, top);
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        const void *identity = lua_topointer(L, -1);
        int32_t at = next;
        while (at < members && pool->identities[at] != identity) at += 1;
        if (at < members) {
            plane->chosen_from[i] = pool->ordinals[at];
            next = at + 1;
        } else {
            plane->chosen_from[i] = element_raises(L, i + 1);
            // Another list, or another order: no more looking.
            if (++strangers > STRANGERS_MAX) members = 0;
        }
    }
    lua_settop(L, top);
}

// Upvalues: 1 the number of the built-in policy, 2 its name.
static int select_raises(lua_State *L) {
    clua_plane *plane = clua_plane_of_raises(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    if (plane->query == NULL) return luaL_error(L, "query is no longer available");
    size_t count = lua_rawlen(L, 1);
    reserve_raises(L, plane, count);
    read_list_raises(L, plane, count);
    int32_t builtin = (int32_t)lua_tointeger(L, lua_upvalueindex(1));
    int32_t chosen = plane->callbacks.select(plane->callbacks.context, builtin,
        plane->chosen_from, (int32_t)count, plane->query);
    push_choice_raises(L, plane, chosen >= 0 && (size_t)chosen < count ? chosen + 1 : 0);
    return 1;
}

typedef struct {
    int32_t builtin;
    const char *name;
} builtin_request;

static int define_builtin_raises(lua_State *L) {
    builtin_request *r = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, r->builtin);
    lua_pushstring(L, r->name);
    lua_pushcclosure(L, select_raises, 2);
    lua_setfield(L, -2, "policy");
    lua_pushstring(L, r->name);
    lua_setfield(L, -2, "name");
    lua_setfield(L, -2, r->name);
    return 0;
}

clua_status clua_plane_define_builtin(clua_vm *vm, int32_t builtin, const char *name) {
    builtin_request r = {.builtin = builtin, .name = name};
    return clua_protect(vm, define_builtin_raises, &r);
}
