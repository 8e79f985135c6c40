// SPDX-License-Identifier: Apache-2.0
//
// Values as bytes. A list is a 32-bit count and that many values; a value is a tag byte and
//
//   integer, number   8 bytes, native order (it never leaves the process)
//   string            32-bit length, the bytes
//   table             32-bit counts of list values and of fields, the list values, then key, value…
//   function          32-bit registry reference: the function stays alive until it is released
//   object            16-bit kind, 32-bit id, 32-bit generation
//   name              8-bit length, the wire form with the root's octet
//   address           8-bit family (4 or 6), 16-bit port, 16 octets (the first four of IPv4)
//   netmask           as an address, then 8-bit length

#include <string.h>

#include "vm.h"

typedef struct {
    lua_State *L;
    clua_vm *vm;
    clua_buffer *buffer;
    uint32_t elements;
    bool refuses_functions;
} encoder;

static void put_raises(encoder *e, const void *bytes, size_t length) {
    if (!clua_reserve(e->vm, e->buffer, length))
        luaL_error(e->L, "not enough memory to pass a value of this size");
    if (length > 0) memcpy(e->buffer->bytes + e->buffer->length, bytes, length);
    e->buffer->length += length;
}

static void put_tag_raises(encoder *e, uint8_t tag) { put_raises(e, &tag, 1); }
static void put_count_raises(encoder *e, uint32_t count) { put_raises(e, &count, 4); }

static void encode_value_raises(encoder *e, int index, int depth);

static void put_object_raises(encoder *e, uint16_t kind, uint32_t id, uint32_t generation) {
    put_tag_raises(e, CLUA_TAG_OBJECT);
    put_raises(e, &kind, 2);
    put_raises(e, &id, 4);
    put_raises(e, &generation, 4);
}

static void put_address_raises(encoder *e, uint8_t tag, const clua_address *address) {
    put_tag_raises(e, tag);
    put_raises(e, &address->family, 1);
    put_raises(e, &address->port, 2);
    put_raises(e, address->octets, sizeof address->octets);
}

static void encode_userdata_raises(encoder *e, int index) {
    lua_State *L = e->L;
    uint16_t kind;
    uint32_t id, generation;
    size_t length;
    const uint8_t *wire = clua_name_at(L, index, &length);
    const clua_address *address = clua_address_at(L, index);
    const clua_netmask *mask = clua_netmask_at(L, index);
    if (wire != NULL) {
        uint8_t count = (uint8_t)length;
        put_tag_raises(e, CLUA_TAG_NAME);
        put_raises(e, &count, 1);
        put_raises(e, wire, length);
    } else if (address != NULL) {
        put_address_raises(e, CLUA_TAG_ADDRESS, address);
    } else if (mask != NULL) {
        put_address_raises(e, CLUA_TAG_NETMASK, &mask->network);
        put_raises(e, &mask->bits, 1);
    } else if (clua_object_at(L, index, &kind, &id, &generation)) {
        put_object_raises(e, kind, id, generation);
    } else {
        luaL_error(L, "a file cannot be passed here");
    }
}

static void encode_table_raises(encoder *e, int index, int depth) {
    lua_State *L = e->L;
    if (depth >= CLUA_DEPTH_MAX)
        luaL_error(L, "table nests deeper than %d (does it contain itself?)", CLUA_DEPTH_MAX);
    luaL_checkstack(L, 4, "table nests too deep");
    put_tag_raises(e, CLUA_TAG_TABLE);
    uint32_t count = (uint32_t)lua_rawlen(L, index), fields = 0;
    put_count_raises(e, count);
    size_t fields_at = e->buffer->length;
    put_count_raises(e, 0);
    for (uint32_t i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        encode_value_raises(e, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        if (lua_isinteger(L, -2)) {
            lua_Integer key = lua_tointeger(L, -2);
            if (key >= 1 && key <= (lua_Integer)count) continue;
        }
        fields += 1;
        encode_value_raises(e, lua_gettop(L) - 1, depth + 1);
        encode_value_raises(e, lua_gettop(L), depth + 1);
    }
    memcpy(e->buffer->bytes + fields_at, &fields, 4);
}

static void encode_string_raises(encoder *e, int index) {
    size_t length;
    const char *bytes = lua_tolstring(e->L, index, &length);
    if (length > CLUA_CROSSING_BYTES_MAX) luaL_error(e->L, "string is too long to pass");
    put_tag_raises(e, CLUA_TAG_STRING);
    put_count_raises(e, (uint32_t)length);
    put_raises(e, bytes, length);
}

static void encode_function_raises(encoder *e, int index) {
    if (e->refuses_functions) luaL_error(e->L, "a function cannot be passed here");
    lua_pushvalue(e->L, index);
    int32_t reference = luaL_ref(e->L, LUA_REGISTRYINDEX);
    put_tag_raises(e, CLUA_TAG_FUNCTION);
    put_raises(e, &reference, 4);
}

static void encode_number_raises(encoder *e, int index) {
    if (lua_isinteger(e->L, index)) {
        lua_Integer integer = lua_tointeger(e->L, index);
        put_tag_raises(e, CLUA_TAG_INTEGER);
        put_raises(e, &integer, 8);
    } else {
        lua_Number number = lua_tonumber(e->L, index);
        put_tag_raises(e, CLUA_TAG_NUMBER);
        put_raises(e, &number, 8);
    }
}

// `index` is absolute.
static void encode_value_raises(encoder *e, int index, int depth) {
    lua_State *L = e->L;
    uint32_t id;
    if (++e->elements > CLUA_ELEMENTS_MAX)
        luaL_error(L, "table has more than %d values", CLUA_ELEMENTS_MAX);
    switch (lua_type(L, index)) {
    case LUA_TNIL: put_tag_raises(e, CLUA_TAG_NIL); break;
    case LUA_TBOOLEAN:
        put_tag_raises(e, lua_toboolean(L, index) ? CLUA_TAG_TRUE : CLUA_TAG_FALSE);
        break;
    case LUA_TNUMBER: encode_number_raises(e, index); break;
    case LUA_TSTRING: encode_string_raises(e, index); break;
    case LUA_TFUNCTION: encode_function_raises(e, index); break;
    case LUA_TTABLE:
        if (clua_plane_server_at(L, index, &id)) {
            put_object_raises(e, CLUA_KIND_PLANE_SERVER, id, 0);
        } else {
            encode_table_raises(e, index, depth);
        }
        break;
    case LUA_TUSERDATA: encode_userdata_raises(e, index); break;
    default: luaL_error(L, "a %s cannot be passed here", luaL_typename(L, index));
    }
}

void clua_encode_raises(lua_State *L, clua_buffer *into, int first, int last) {
    encoder e = {.L = L, .vm = clua_vm_of(L), .buffer = into, .elements = 0};
    into->length = 0;
    put_count_raises(&e, last < first ? 0 : (uint32_t)(last - first + 1));
    for (int i = first; i <= last; i++) encode_value_raises(&e, i, 0);
}

void clua_encode_plain_raises(lua_State *L, clua_buffer *into, int index) {
    encoder e = {
        .L = L, .vm = clua_vm_of(L), .buffer = into, .elements = 0, .refuses_functions = true};
    into->length = 0;
    put_count_raises(&e, 1);
    encode_value_raises(&e, index, 0);
}

typedef struct {
    lua_State *L;
    const uint8_t *next, *end;
} decoder;

static void take_raises(decoder *d, void *into, size_t length) {
    if ((size_t)(d->end - d->next) < length) luaL_error(d->L, "internal: values end early");
    memcpy(into, d->next, length);
    d->next += length;
}

static uint32_t take_count_raises(decoder *d) {
    uint32_t count;
    take_raises(d, &count, 4);
    return count;
}

static void decode_value_raises(decoder *d, int depth);

static void decode_table_raises(decoder *d, int depth) {
    lua_State *L = d->L;
    if (depth >= CLUA_DEPTH_MAX) luaL_error(L, "internal: values nest deeper than allowed");
    luaL_checkstack(L, 4, "values nest too deep");
    uint32_t count = take_count_raises(d), fields = take_count_raises(d);
    lua_createtable(L, (int)count, (int)fields);
    for (uint32_t i = 1; i <= count; i++) {
        decode_value_raises(d, depth + 1);
        lua_rawseti(L, -2, i);
    }
    for (uint32_t i = 0; i < fields; i++) {
        decode_value_raises(d, depth + 1);
        decode_value_raises(d, depth + 1);
        if (lua_isnil(L, -2)) luaL_error(L, "internal: nil as a table key");
        lua_rawset(L, -3);
    }
}

static void decode_object_raises(decoder *d) {
    uint16_t kind;
    take_raises(d, &kind, 2);
    uint32_t id = take_count_raises(d), generation = take_count_raises(d);
    if (kind == CLUA_KIND_PLANE_SERVER) {
        clua_push_plane_server_raises(d->L, id);
    } else {
        clua_push_object_raises(d->L, kind, id, generation);
    }
}

static void decode_string_raises(decoder *d) {
    uint32_t length = take_count_raises(d);
    if ((size_t)(d->end - d->next) < length) luaL_error(d->L, "internal: values end early");
    lua_pushlstring(d->L, (const char *)d->next, length);
    d->next += length;
}

static void decode_name_raises(decoder *d) {
    uint8_t length;
    take_raises(d, &length, 1);
    if ((size_t)(d->end - d->next) < length) luaL_error(d->L, "internal: values end early");
    clua_push_name_raises(d->L, d->next, length);
    d->next += length;
}

static void take_address_raises(decoder *d, clua_address *address) {
    memset(address, 0, sizeof *address);
    take_raises(d, &address->family, 1);
    take_raises(d, &address->port, 2);
    take_raises(d, address->octets, sizeof address->octets);
}

static void decode_address_raises(decoder *d, bool is_mask) {
    clua_netmask mask;
    take_address_raises(d, &mask.network);
    if (!is_mask) {
        clua_push_address_raises(d->L, &mask.network);
        return;
    }
    take_raises(d, &mask.bits, 1);
    clua_push_netmask_raises(d->L, &mask);
}

static void decode_value_raises(decoder *d, int depth) {
    lua_State *L = d->L;
    uint8_t tag;
    lua_Integer integer;
    lua_Number number;
    take_raises(d, &tag, 1);
    switch (tag) {
    case CLUA_TAG_NIL: lua_pushnil(L); break;
    case CLUA_TAG_FALSE: lua_pushboolean(L, 0); break;
    case CLUA_TAG_TRUE: lua_pushboolean(L, 1); break;
    case CLUA_TAG_INTEGER:
        take_raises(d, &integer, 8);
        lua_pushinteger(L, integer);
        break;
    case CLUA_TAG_NUMBER:
        take_raises(d, &number, 8);
        lua_pushnumber(L, number);
        break;
    case CLUA_TAG_STRING: decode_string_raises(d); break;
    case CLUA_TAG_TABLE: decode_table_raises(d, depth); break;
    case CLUA_TAG_FUNCTION:
        lua_rawgeti(L, LUA_REGISTRYINDEX, (int32_t)take_count_raises(d));
        break;
    case CLUA_TAG_OBJECT: decode_object_raises(d); break;
    case CLUA_TAG_NAME: decode_name_raises(d); break;
    case CLUA_TAG_ADDRESS: decode_address_raises(d, false); break;
    case CLUA_TAG_NETMASK: decode_address_raises(d, true); break;
    default: luaL_error(L, "internal: tag %d in values", (int)tag);
    }
}

int clua_decode_raises(lua_State *L, const uint8_t *bytes, size_t length) {
    decoder d = {.L = L, .next = bytes, .end = bytes + length};
    uint32_t count = take_count_raises(&d);
    luaL_checkstack(L, (int)count + 4, "too many values");
    for (uint32_t i = 0; i < count; i++) decode_value_raises(&d, 0);
    return (int)count;
}
