// SPDX-License-Identifier: Apache-2.0
//
// DNSName objects: `newDNSName("example.org")`, `dq.qname`. The wire form is in the userdata itself.
// Members and their meaning are dnsdist's; where it takes a DNSName, text will do here.

#include <string.h>

#include "valueobjects.h"

typedef struct {
    // Of the name as it is now: chopOff shortens it in place.
    uint8_t length;
    uint8_t wire[];
} name;

const uint8_t *clua_name_at(lua_State *L, int index, size_t *length) {
    const name *n = clua_value_at(L, index, CLUA_VALUE_NAME);
    if (n == NULL) return NULL;
    *length = n->length;
    return n->wire;
}

void clua_push_name_raises(lua_State *L, const uint8_t *wire, size_t length) {
    if (!clua_name_is_valid(wire, length)) luaL_error(L, "internal: a malformed name");
    name *n = clua_new_value_raises(L, CLUA_VALUE_NAME, sizeof *n + length);
    n->length = (uint8_t)length;
    memcpy(n->wire, wire, length);
}

static name *receiver_raises(lua_State *L) {
    return clua_value_receiver_raises(L, CLUA_VALUE_NAME);
}

static size_t parse_raises(
    lua_State *L, int index, const char *call, uint8_t wire[CLUA_NAME_BYTES_MAX]) {
    size_t length;
    const char *problem, *text = lua_tolstring(L, index, &length);
    size_t bytes = clua_name_parse(text, length, wire, &problem);
    if (bytes == 0) luaL_error(L, "%s: name \"%s\": %s", call, text, problem);
    return bytes;
}

// A name object, or text; `storage` holds what text becomes.
static const uint8_t *argument_raises(lua_State *L, int index, const char *call,
    uint8_t storage[CLUA_NAME_BYTES_MAX], size_t *length) {
    const uint8_t *wire = clua_name_at(L, index, length);
    if (wire != NULL) return wire;
    if (lua_type(L, index) != LUA_TSTRING)
        luaL_error(L, "%s: give a name or text, not %s", call, luaL_typename(L, index));
    *length = parse_raises(L, index, call, storage);
    return storage;
}

static int push_text_raises(lua_State *L, const name *n, bool final_dot) {
    char text[CLUA_NAME_TEXT_BYTES];
    lua_pushlstring(L, text, clua_name_format(n->wire, final_dot, text));
    return 1;
}

static int to_string_raises(lua_State *L) {
    return push_text_raises(L, receiver_raises(L), true);
}

static int to_string_no_dot_raises(lua_State *L) {
    return push_text_raises(L, receiver_raises(L), false);
}

static int to_dns_string_raises(lua_State *L) {
    const name *n = receiver_raises(L);
    lua_pushlstring(L, (const char *)n->wire, n->length);
    return 1;
}

static int to_dns_string_lower_raises(lua_State *L) {
    const name *n = receiver_raises(L);
    uint8_t folded[CLUA_NAME_BYTES_MAX];
    clua_name_fold(n->wire, n->length, folded);
    lua_pushlstring(L, (const char *)folded, n->length);
    return 1;
}

static int count_labels_raises(lua_State *L) {
    lua_pushinteger(L, clua_name_count_labels(receiver_raises(L)->wire));
    return 1;
}

static int wire_length_raises(lua_State *L) {
    lua_pushinteger(L, receiver_raises(L)->length);
    return 1;
}

static int is_root_raises(lua_State *L) {
    lua_pushboolean(L, receiver_raises(L)->length == 1);
    return 1;
}

static int is_part_of_raises(lua_State *L) {
    const name *n = receiver_raises(L);
    uint8_t storage[CLUA_NAME_BYTES_MAX];
    size_t length;
    const uint8_t *zone = argument_raises(L, 2, "isPartOf", storage, &length);
    lua_pushboolean(L, clua_name_offset_of(n->wire, n->length, zone, length) >= 0);
    return 1;
}

// Takes the first label away, in place as in dnsdist; false for the root.
static int chop_off_raises(lua_State *L) {
    name *n = receiver_raises(L);
    bool has_label = n->length > 1;
    if (has_label) {
        uint8_t gone = (uint8_t)(1 + n->wire[0]);
        n->length = (uint8_t)(n->length - gone);
        memmove(n->wire, n->wire + gone, n->length);
    }
    lua_pushboolean(L, has_label);
    return 1;
}

// The labels before a zone's, as a name; nil when the name is not in the zone.
static int make_relative_raises(lua_State *L) {
    const name *n = receiver_raises(L);
    uint8_t wire[CLUA_NAME_BYTES_MAX];
    size_t length;
    const uint8_t *zone = argument_raises(L, 2, "makeRelative", wire, &length);
    int offset = clua_name_offset_of(n->wire, n->length, zone, length);
    if (offset < 0) {
        lua_pushnil(L);
        return 1;
    }
    memcpy(wire, n->wire, (size_t)offset);
    wire[offset] = 0;
    clua_push_name_raises(L, wire, (size_t)offset + 1);
    return 1;
}

static int equal_raises(lua_State *L) {
    size_t length = 0, other_length = 0;
    const uint8_t *one = clua_name_at(L, 1, &length);
    const uint8_t *other = clua_name_at(L, 2, &other_length);
    lua_pushboolean(L, one != NULL && other != NULL
            && clua_name_offset_of(one, length, other, other_length) == 0);
    return 1;
}

static int compare_raises(lua_State *L) {
    size_t length;
    const uint8_t *one = clua_name_at(L, 1, &length), *other = clua_name_at(L, 2, &length);
    if (one == NULL || other == NULL)
        luaL_error(L, "attempt to compare %s with %s", luaL_typename(L, 1), luaL_typename(L, 2));
    return clua_name_compare(one, other);
}

static int less_raises(lua_State *L) {
    lua_pushboolean(L, compare_raises(L) < 0);
    return 1;
}

static int less_or_equal_raises(lua_State *L) {
    lua_pushboolean(L, compare_raises(L) <= 0);
    return 1;
}

static int concatenate_raises(lua_State *L) {
    for (int i = 1; i <= 2; i++) {
        const name *n = clua_value_at(L, i, CLUA_VALUE_NAME);
        if (n != NULL) push_text_raises(L, n, true);
        else if (lua_isstring(L, i)) lua_pushvalue(L, i);
        else luaL_error(L, "attempt to concatenate a %s value", luaL_typename(L, i));
    }
    lua_concat(L, 2);
    return 1;
}

static int new_name_raises(lua_State *L) {
    uint8_t storage[CLUA_NAME_BYTES_MAX];
    size_t length;
    const uint8_t *wire = argument_raises(L, 1, "newDNSName", storage, &length);
    clua_push_name_raises(L, wire, length);
    return 1;
}

static int new_name_from_raw_raises(lua_State *L) {
    size_t length;
    if (lua_type(L, 1) != LUA_TSTRING)
        luaL_error(L, "newDNSNameFromRaw: give the name's octets, not %s", luaL_typename(L, 1));
    const char *wire = lua_tolstring(L, 1, &length);
    if (!clua_name_is_valid((const uint8_t *)wire, length))
        luaL_error(L, "newDNSNameFromRaw: these octets are no name in wire form");
    clua_push_name_raises(L, (const uint8_t *)wire, length);
    return 1;
}

void clua_open_names_raises(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"toString", to_string_raises}, {"tostring", to_string_raises},
        {"toStringNoDot", to_string_no_dot_raises}, {"toDNSString", to_dns_string_raises},
        {"toDNSStringLC", to_dns_string_lower_raises}, {"countLabels", count_labels_raises},
        {"wirelength", wire_length_raises}, {"isRoot", is_root_raises},
        {"isPartOf", is_part_of_raises}, {"chopOff", chop_off_raises},
        {"makeRelative", make_relative_raises}, {NULL, NULL}};
    static const luaL_Reg events[] = {
        {"__tostring", to_string_raises}, {"__concat", concatenate_raises},
        {"__eq", equal_raises}, {"__lt", less_raises}, {"__le", less_or_equal_raises},
        {NULL, NULL}};
    clua_define_value_raises(L, CLUA_VALUE_NAME, methods, events);
    lua_register(L, "newDNSName", new_name_raises);
    lua_register(L, "newDNSNameFromRaw", new_name_from_raw_raises);
}
