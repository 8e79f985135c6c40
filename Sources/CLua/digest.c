// SPDX-License-Identifier: Apache-2.0
//
// A number for everything that a function can do: its instructions, its upvalues, and through them all
// that they refer to, the globals included. Two evaluations of a file that give the same number made
// the same function, so a reload need not try it again.
//
// Objects are numbered in the order in which they are met, breadth first, and keys are sorted, so that
// neither addresses nor the order of a table's slots matter; nor do lines, files and names of local
// variables. What the library and the host define is named by its place in the globals before any
// script ran (the baseline). What cannot be looked into (a host's object, an open file, a coroutine)
// and what is too much makes the number unsure: the caller then asks whether anything was read that
// differs.

#include "digest.h"

// MARK: Values

static void mix_host_object(digest *d, uint16_t kind, uint32_t id, uint32_t generation) {
    digest_mix_tag(d, 'O');
    digest_mix(d, &kind, sizeof kind);
    digest_mix(d, &id, sizeof id);
    digest_mix(d, &generation, sizeof generation);
    if (kind >= 64 || !(d->known_kinds >> kind & 1)) d->is_unsure = true;
}

static void mix_address(digest *d, const clua_address *address) {
    digest_mix(d, &address->family, 1);
    digest_mix(d, &address->port, sizeof address->port);
    digest_mix(d, address->octets, sizeof address->octets);
}

static bool mix_value_object(lua_State *L, digest *d, int index) {
    size_t length;
    const uint8_t *name = clua_name_at(L, index, &length);
    if (name != NULL) return digest_mix_text(d, 'N', (const char *)name, length), true;
    const clua_address *address = clua_address_at(L, index);
    if (address != NULL) return digest_mix_tag(d, 'A'), mix_address(d, address), true;
    const clua_netmask *mask = clua_netmask_at(L, index);
    if (mask == NULL) return false;
    digest_mix_tag(d, 'M');
    mix_address(d, &mask->network);
    digest_mix(d, &mask->bits, 1);
    return true;
}

// By its number; one that is new waits for its turn.
static void mix_reference_raises(lua_State *L, digest *d, int index) {
    lua_pushvalue(L, index);
    if (lua_rawget(L, d->numbers) != LUA_TNUMBER) {
        lua_pop(L, 1);
        d->object_count += 1;
        lua_pushvalue(L, index);
        lua_rawseti(L, d->objects, d->object_count);
        lua_pushvalue(L, index);
        lua_pushinteger(L, d->object_count);
        lua_rawset(L, d->numbers);
        lua_pushinteger(L, d->object_count);
    }
    lua_Integer number = lua_tointeger(L, -1);
    lua_pop(L, 1);
    digest_mix_tag(d, 'R');
    digest_mix(d, &number, sizeof number);
}

// Functions and objects that were there before any script.
static bool mix_baseline(lua_State *L, digest *d, int index) {
    lua_pushvalue(L, index);
    bool known = lua_rawget(L, d->baseline) == LUA_TSTRING;
    if (known) {
        size_t length;
        const char *place = lua_tolstring(L, -1, &length);
        digest_mix_text(d, 'P', place, length);
    }
    lua_pop(L, 1);
    return known;
}

static void mix_value_raises(lua_State *L, digest *d, int index) {
    index = lua_absindex(L, index);
    luaL_checkstack(L, 8, NULL);
    if (++d->values > DIGEST_VALUES_MAX) {
        d->is_unsure = true;
        return;
    }
    switch (lua_type(L, index)) {
    case LUA_TNIL: digest_mix_tag(d, '0'); return;
    case LUA_TBOOLEAN: digest_mix_tag(d, lua_toboolean(L, index) ? 't' : 'f'); return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            lua_Integer integer = lua_tointeger(L, index);
            digest_mix_tag(d, 'i');
            digest_mix(d, &integer, sizeof integer);
        } else {
            lua_Number number = lua_tonumber(L, index);
            digest_mix_tag(d, 'd');
            digest_mix(d, &number, sizeof number);
        }
        return;
    case LUA_TSTRING: {
        size_t length;
        const char *text = lua_tolstring(L, index, &length);
        digest_mix_text(d, 's', text, length);
        return;
    }
    case LUA_TTABLE: mix_reference_raises(L, d, index); return;
    case LUA_TFUNCTION:
        if (mix_baseline(L, d, index)) return;
        if (!lua_iscfunction(L, index)) return mix_reference_raises(L, d, index);
        break;
    case LUA_TUSERDATA: {
        uint16_t kind;
        uint32_t id, generation;
        if (mix_baseline(L, d, index) || mix_value_object(L, d, index)) return;
        if (clua_object_at(L, index, &kind, &id, &generation))
            return mix_host_object(d, kind, id, generation);
        break;
    }
    default: break;
    }
    digest_mix_tag(d, '?');
    d->is_unsure = true;
}

static void mix_table_raises(lua_State *L, digest *d, int index) {
    digest_mix_tag(d, 'T');
    size_t count;
    bool all;
    const digest_key *keys = digest_push_keys_raises(L, index, &count, &all);
    if (!all) d->is_unsure = true;
    for (size_t i = 0; i < count && d->values <= DIGEST_VALUES_MAX; i++) {
        digest_push_key(L, &keys[i]);
        mix_value_raises(L, d, -1);
        lua_rawget(L, index);
        mix_value_raises(L, d, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (lua_getmetatable(L, index)) {
        digest_mix_tag(d, 'm');
        mix_value_raises(L, d, -1);
        lua_pop(L, 1);
    }
}

// MARK: Functions

static void mix_function_raises(lua_State *L, digest *d, int index) {
    digest_mix_tag(d, 'F');
    digest_mix_instructions(L, d, index);
    for (int i = 1; lua_getupvalue(L, index, i) != NULL; i++) {
        mix_value_raises(L, d, -1);
        lua_pop(L, 1);
    }
}

static int digest_raises(lua_State *L) {
    digest *d = lua_touserdata(L, 1);
    luaL_checkstack(L, 16, NULL);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &digest_baseline_key);
    d->baseline = lua_gettop(L);
    if (!lua_istable(L, d->baseline)) luaL_error(L, "internal: a digest without a baseline");
    lua_newtable(L);
    d->numbers = lua_gettop(L);
    lua_newtable(L);
    d->objects = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, d->function);
    mix_value_raises(L, d, -1);
    // A script may give strings methods.
    lua_pushliteral(L, "");
    if (lua_getmetatable(L, -1)) mix_value_raises(L, d, -1);
    lua_settop(L, d->objects);
    for (lua_Integer i = 1; i <= d->object_count && d->values <= DIGEST_VALUES_MAX; i++) {
        int type = lua_rawgeti(L, d->objects, i);
        if (type == LUA_TTABLE) mix_table_raises(L, d, lua_gettop(L));
        else mix_function_raises(L, d, lua_gettop(L));
        lua_settop(L, d->objects);
    }
    return 0;
}

clua_status clua_digest(
    clua_vm *vm, int32_t function, uint64_t known_kinds, uint64_t *hash, bool *is_sure) {
    digest d = {
        .hash = 0xcbf29ce484222325u, .known_kinds = known_kinds, .function = function};
    clua_status status = clua_protect(vm, digest_raises, &d);
    *hash = d.hash;
    *is_sure = status == CLUA_OK && !d.is_unsure;
    return status;
}
