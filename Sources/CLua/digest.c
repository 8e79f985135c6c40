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

#include <stdlib.h>
#include <string.h>

#include "vm.h"

// A configuration's globals are a few hundred values; tables of block lists are told by what was read.
enum { DIGEST_VALUES_MAX = 32768, DIGEST_PROTOTYPES_MAX = 200 };

static const char baseline_key;

typedef struct {
    uint64_t hash;
    uint64_t known_kinds;
    int32_t function;
    int32_t values;
    bool is_unsure;
    // Stack indices: the baseline, objects to their numbers, numbers to objects.
    int baseline, numbers, objects;
    lua_Integer object_count;
} digest;

// FNV-1a: it tells scripts apart that an operator wrote, and need not withstand anybody.
static void mix(digest *d, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++) d->hash = (d->hash ^ at[i]) * 0x100000001b3u;
}

static void mix_tag(digest *d, char tag) { mix(d, &tag, 1); }

static void mix_text(digest *d, char tag, const char *text, size_t length) {
    mix_tag(d, tag);
    mix(d, &length, sizeof length);
    mix(d, text, length);
}

// MARK: Values

static void mix_host_object(digest *d, uint16_t kind, uint32_t id, uint32_t generation) {
    mix_tag(d, 'O');
    mix(d, &kind, sizeof kind);
    mix(d, &id, sizeof id);
    mix(d, &generation, sizeof generation);
    if (kind >= 64 || !(d->known_kinds >> kind & 1)) d->is_unsure = true;
}

static void mix_address(digest *d, const clua_address *address) {
    mix(d, &address->family, 1);
    mix(d, &address->port, sizeof address->port);
    mix(d, address->octets, sizeof address->octets);
}

static bool mix_value_object(lua_State *L, digest *d, int index) {
    size_t length;
    const uint8_t *name = clua_name_at(L, index, &length);
    if (name != NULL) return mix_text(d, 'N', (const char *)name, length), true;
    const clua_address *address = clua_address_at(L, index);
    if (address != NULL) return mix_tag(d, 'A'), mix_address(d, address), true;
    const clua_netmask *mask = clua_netmask_at(L, index);
    if (mask == NULL) return false;
    mix_tag(d, 'M');
    mix_address(d, &mask->network);
    mix(d, &mask->bits, 1);
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
    mix_tag(d, 'R');
    mix(d, &number, sizeof number);
}

// Functions and objects that were there before any script.
static bool mix_baseline(lua_State *L, digest *d, int index) {
    lua_pushvalue(L, index);
    bool known = lua_rawget(L, d->baseline) == LUA_TSTRING;
    if (known) {
        size_t length;
        const char *place = lua_tolstring(L, -1, &length);
        mix_text(d, 'P', place, length);
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
    case LUA_TNIL: mix_tag(d, '0'); return;
    case LUA_TBOOLEAN: mix_tag(d, lua_toboolean(L, index) ? 't' : 'f'); return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            lua_Integer integer = lua_tointeger(L, index);
            mix_tag(d, 'i');
            mix(d, &integer, sizeof integer);
        } else {
            lua_Number number = lua_tonumber(L, index);
            mix_tag(d, 'd');
            mix(d, &number, sizeof number);
        }
        return;
    case LUA_TSTRING: {
        size_t length;
        const char *text = lua_tolstring(L, index, &length);
        mix_text(d, 's', text, length);
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
    mix_tag(d, '?');
    d->is_unsure = true;
}

// MARK: Tables

typedef struct {
    int type;
    lua_Integer integer;
    lua_Number number;
    const char *text;
    size_t length;
} key;

static int compare_keys(const void *one, const void *other) {
    const key *a = one, *b = other;
    if (a->type != b->type) return a->type < b->type ? -1 : 1;
    if (a->text != NULL) {
        int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
        return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
    }
    if (a->integer != b->integer) return a->integer < b->integer ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

// Fills in the key on top of the stack; false for one that has no order.
static bool read_key(lua_State *L, key *k) {
    *k = (key){.type = lua_type(L, -1)};
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

static void push_key(lua_State *L, const key *k) {
    if (k->type == LUA_TSTRING) lua_pushlstring(L, k->text, k->length);
    else if (k->type == LUA_TBOOLEAN) lua_pushboolean(L, (int)k->integer);
    else if (k->type == LUA_TNUMBER) lua_pushnumber(L, k->number);
    else lua_pushinteger(L, k->integer);
}

// Pushes the keys of a table that can be sorted, sorted, as userdata: the order of a table's slots is
// another in each VM. `*all` is false when some were left out.
static const key *push_keys_raises(lua_State *L, int index, size_t *found, bool *all) {
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
    key *keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
    for (lua_pushnil(L); lua_next(L, index) != 0;) {
        lua_pop(L, 1);
        if (*found < count && read_key(L, &keys[*found])) *found += 1;
        else *all = false;
    }
    qsort(keys, *found, sizeof *keys, compare_keys);
    return keys;
}

static void mix_table_raises(lua_State *L, digest *d, int index) {
    mix_tag(d, 'T');
    size_t count;
    bool all;
    const key *keys = push_keys_raises(L, index, &count, &all);
    if (!all) d->is_unsure = true;
    for (size_t i = 0; i < count && d->values <= DIGEST_VALUES_MAX; i++) {
        push_key(L, &keys[i]);
        mix_value_raises(L, d, -1);
        lua_rawget(L, index);
        mix_value_raises(L, d, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (lua_getmetatable(L, index)) {
        mix_tag(d, 'm');
        mix_value_raises(L, d, -1);
        lua_pop(L, 1);
    }
}

// MARK: Functions

// A stripped dump still has the lines where each function begins and ends. Reads Lua 5.4's format
// (ldump.c), as far as a stripped dump goes.
typedef struct {
    const uint8_t *at, *end;
    int depth;
    bool is_broken;
} dump;

static void skip(dump *r, digest *d, size_t length, bool counts) {
    if (r->is_broken || length > (size_t)(r->end - r->at)) {
        r->is_broken = true;
        return;
    }
    if (counts) mix(d, r->at, length);
    r->at += length;
}

// Seven bits an octet, the last one marked.
static size_t read_size(dump *r, digest *d, bool counts) {
    size_t value = 0;
    for (;;) {
        if (r->is_broken || r->at >= r->end || value >> 56 != 0) {
            r->is_broken = true;
            return 0;
        }
        uint8_t octet = *r->at;
        skip(r, d, 1, counts);
        value = value << 7 | (octet & 0x7f);
        if (octet & 0x80) return value;
    }
}

static void read_text(dump *r, digest *d) {
    size_t size = read_size(r, d, true);
    if (size > 1) skip(r, d, size - 1, true);
}

static void read_constant(dump *r, digest *d) {
    if (r->at >= r->end) {
        r->is_broken = true;
        return;
    }
    uint8_t type = *r->at;
    skip(r, d, 1, true);
    // Variants of numbers and strings as ltm.h numbers them: 3, 19 and 4, 20.
    if ((type & 0x0f) == LUA_TNUMBER) skip(r, d, 8, true);
    else if ((type & 0x0f) == LUA_TSTRING) read_text(r, d);
    else if ((type & 0x0f) > LUA_TBOOLEAN) r->is_broken = true;
}

static void read_function(dump *r, digest *d) {
    if (++r->depth > DIGEST_PROTOTYPES_MAX) r->is_broken = true;
    read_text(r, d);
    read_size(r, d, false);
    read_size(r, d, false);
    skip(r, d, 3, true);
    size_t count = read_size(r, d, true);
    skip(r, d, count * sizeof(uint32_t), true);
    for (count = read_size(r, d, true); count > 0 && !r->is_broken; count--) read_constant(r, d);
    count = read_size(r, d, true);
    // Where the outermost one found its upvalues when it was made is no part of what it does.
    skip(r, d, count * 3, r->depth > 1);
    for (count = read_size(r, d, true); count > 0 && !r->is_broken; count--) read_function(r, d);
    // Stripped: no lines, absolute lines, variables or names.
    for (int i = 0; i < 4; i++) {
        if (read_size(r, d, true) != 0) r->is_broken = true;
    }
    r->depth -= 1;
}

typedef struct {
    clua_vm *vm;
    clua_buffer bytes;
} dump_buffer;

static int append(lua_State *L, const void *bytes, size_t length, void *context) {
    (void)L;
    dump_buffer *buffer = context;
    if (!clua_reserve(buffer->vm, &buffer->bytes, length)) return 1;
    memcpy(buffer->bytes.bytes + buffer->bytes.length, bytes, length);
    buffer->bytes.length += length;
    return 0;
}

// Signature, version, format, check octets, three sizes, a number of each kind, upvalues.
enum { DUMP_HEADER_BYTES = 4 + 1 + 1 + 6 + 3 + 8 + 8 + 1 };

static void mix_instructions(lua_State *L, digest *d, int index) {
    dump_buffer buffer = {.vm = clua_vm_of(L)};
    lua_pushvalue(L, index);
    bool is_dumped = lua_dump(L, append, &buffer, 1) == 0;
    lua_pop(L, 1);
    dump reader = {.at = buffer.bytes.bytes, .end = buffer.bytes.bytes + buffer.bytes.length};
    if (is_dumped) {
        skip(&reader, d, DUMP_HEADER_BYTES, true);
        read_function(&reader, d);
    }
    if (!is_dumped || reader.is_broken || reader.at != reader.end) d->is_unsure = true;
    clua_reallocate(buffer.vm, buffer.bytes.bytes, buffer.bytes.capacity, 0);
}

static void mix_function_raises(lua_State *L, digest *d, int index) {
    mix_tag(d, 'F');
    mix_instructions(L, d, index);
    for (int i = 1; lua_getupvalue(L, index, i) != NULL; i++) {
        mix_value_raises(L, d, -1);
        lua_pop(L, 1);
    }
}

static int digest_raises(lua_State *L) {
    digest *d = lua_touserdata(L, 1);
    luaL_checkstack(L, 16, NULL);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &baseline_key);
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

// MARK: The baseline

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
    const key *keys = push_keys_raises(L, index, &count, &all);
    int top = lua_gettop(L);
    for (size_t i = 0; i < count; i++) {
        const char *above = lua_tostring(L, path);
        if (keys[i].text != NULL) lua_pushfstring(L, "%s.%s", above, keys[i].text);
        else lua_pushfstring(L, "%s.%I", above, (LUAI_UACINT)keys[i].integer);
        push_key(L, &keys[i]);
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
    lua_rawsetp(L, LUA_REGISTRYINDEX, &baseline_key);
    return 0;
}

clua_status clua_note_baseline(clua_vm *vm) {
    return clua_protect(vm, note_baseline_raises, NULL);
}
