// SPDX-License-Identifier: Apache-2.0
//
// Lua 5.4 with nothing of Pharos around it: what a policy costs in plain Lua on plain tables.

#ifndef PHAROS_BARE_LUA_H
#define PHAROS_BARE_LUA_H

#include <stdint.h>

typedef struct bare_lua bare_lua;

// Runs the file `setup` with the arguments `policy` (a path) and `count`; it returns a policy, its
// servers and a query. NULL, with the reason in `error`, when that fails. Used by one thread.
bare_lua *bare_lua_open(
    const char *setup, const char *policy, int64_t count, char *error, int32_t error_bytes);

// Calls the policy so many times, each call protected as a host has to.
//
// Returns the sum of the chosen servers' numbers, or -1 when a call failed or chose nothing.
int64_t bare_lua_run(bare_lua *bare, int64_t calls);

void bare_lua_close(bare_lua *bare);

#endif
