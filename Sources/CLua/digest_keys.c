// SPDX-License-Identifier: Apache-2.0
//
// The keys of a table in an order that every VM agrees on.

#include <stdlib.h>
#include <string.h>

#include "digest.h"

static int compare_keys(const void *one, const void *other) {
    const digest_key *a = one, *b = other;
    if (a->type != b->type) return a->type < b->type ? -1 : 1;
    if (a->text != NULL) {
        int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
        return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
    }
    if (a->integer != b->integer) return a->integer < b->integer ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

// Fills in the key on top of the stack; false for one that has no order.
static bool read_key(lua_State *L, digest_key *k) {
    *k = (digest_key){.type = lua_type(L, -1)};
    switch (k->type) {
    case LUA_TBOOLEAN: k->integer = lua_toboolean(L, -1); return true;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1)) {
            k->type = LUA_TNUMBER + 100;
            k->integer = lua_tointeger(L, -1);
        } else {
            k->number = lua_tonumber(L, -1);
        }
        return true;
    // The table keeps the text where it is.
    case LUA_TSTRING: k->text = lua_tolstring(L, -1, &k->length); return true;
    default: return false;
    }
}

void digest_push_key(lua_State *L, const digest_key *k) {
    if (k->type == LUA_TSTRING) lua_pushlstring(L, k->text, k->length);
    else if (k->type == LUA_TBOOLEAN) lua_pushboolean(L, (int)k->integer);
    else if (k->type == LUA_TNUMBER) lua_pushnumber(L, k->number);
    else lua_pushinteger(L, k->integer);
}

const digest_key *digest_push_keys_raises(lua_State *L, int index, size_t *found, bool *all) {
    size_t count = 0;
    *found = 0;
    *all = true;
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        if (++count <= DIGEST_VALUES_MAX) continue;
        lua_pop(L, 2);
        *all = false;
        lua_newuserdatauv(L, 1, 0);
        return NULL;
    }
    digest_key *keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
    for (lua_pushnil(L); lua_next(L, index) != 0;) {
        lua_pop(L, 1);
        if (*found < count && read_key(L, &keys[*found])) *found += 1;
        else *all = false;
    }
    qsort(keys, *found, sizeof *keys, compare_keys);
    return keys;
}
