// SPDX-License-Identifier: Apache-2.0
//
// What the plane kit's files share.

#ifndef PHAROS_CLUA_PLANE_H
#define PHAROS_CLUA_PLANE_H

#include "vm.h"

// dnsdist's largest published pools have some hundred servers.
enum { CLUA_PLANE_SERVERS_MAX = 65536, CLUA_PLANE_POOLS_MAX = 4096 };

typedef struct {
    int32_t table;
    // Tables do not move: comparing pointers tells whether a list was edited.
    const void *identity;
    // As of the epoch; `fresh` says whether that is now.
    bool is_up;
} plane_server;

typedef struct {
    int32_t table;
    int32_t count;
    uint32_t *ordinals;
    // By position.
    const void **identities;
    // The running policy got this list by getPoolServers and may have edited it.
    bool lent;
} plane_pool;

typedef struct clua_plane {
    clua_plane_callbacks callbacks;
    const void *query;
    plane_server *servers;
    uint32_t server_count;
    plane_pool *pools;
    int32_t pool_count;
    bool any_lent;
    // The pool whose policy runs; -1 for none.
    int32_t called;
    int32_t server_metatable;
    // The server that a built-in policy returns when none was usable.
    int32_t no_server;
    clua_buffer text;
    int32_t subjects[CLUA_SUBJECTS_MAX];
    uint64_t epoch;
    bool fresh, collector_stopped;
    size_t bytes_after_step;
    uint32_t *chosen_from;
    size_t chosen_from_capacity;
    uint8_t storage[CLUA_FIELD_STORAGE_BYTES];
} clua_plane;

clua_plane *clua_plane_of_raises(lua_State *L);

// plane_call.c: what policies' calls and rules' have in common.
//
// Begins and ends a call on the plane's thread; beginning may refuse it with a CLUA_DECISION_….
int32_t clua_plane_begin(clua_vm *vm, const void *query, int32_t ticks);
void clua_plane_end(clua_vm *vm);
// Rewrites the servers' slow fields when they have changed, and makes room on the stack.
int32_t clua_plane_prepare(clua_vm *vm);
// Puts right the lists that scripts were given; `called` may be NULL.
void clua_plane_restore_lists(clua_vm *vm, plane_pool *called);
int32_t clua_plane_decision_of(clua_status status);
int32_t clua_plane_nonsense(clua_vm *vm, const char *subject, const char *what);
// plane_query.c: the part of a query at `index`, or -1.
int32_t clua_subject_at(lua_State *L, int index);

// plane_fields.c: pushes a field's value and returns 1, or 0 when there is no such field; reads an
// argument, which lives as long as it is on the stack.
int clua_push_field_raises(lua_State *L, const clua_plane *plane, const clua_field *field);
clua_field clua_argument_raises(lua_State *L, int index);

// Makes the kit's server metatable; plane_servers.c.
void clua_plane_open_servers_raises(lua_State *L, clua_plane *plane);
// Rewrites the slow fields of every server's table.
void clua_plane_refresh_raises(lua_State *L, clua_plane *plane);

#endif
