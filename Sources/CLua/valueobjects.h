// SPDX-License-Identifier: Apache-2.0
//
// The value objects of the dialect: a name, an address and a netmask live wholly in Lua's memory, as
// userdata without user values and without __gc, so a script may make as many as it likes.

#ifndef PHAROS_CLUA_VALUEOBJECTS_H
#define PHAROS_CLUA_VALUEOBJECTS_H

#include "vm.h"

#pragma GCC visibility push(hidden)

// The longest name in wire form (RFC 1035 §2.3.4), and in presentation form when every octet of it
// is escaped: 250 octets in labels, four characters each, and the dots.
enum { CLUA_NAME_BYTES_MAX = 255, CLUA_NAME_TEXT_BYTES = 1024 };

// dnsname_text.c: pure functions over names in wire form, root label included.
//
// Returns the wire form's length, or 0 and what is wrong.
size_t clua_name_parse(
    const char *text, size_t length, uint8_t wire[CLUA_NAME_BYTES_MAX], const char **problem);
// dnsdist's escapes: a dot or a backslash in a label by a backslash, what does not print as \DDD.
size_t clua_name_format(const uint8_t *wire, bool final_dot, char text[CLUA_NAME_TEXT_BYTES]);
bool clua_name_is_valid(const uint8_t *wire, size_t length);
int clua_name_count_labels(const uint8_t *wire);
// The offset in `wire` where `zone` begins, or -1 when the name is not in it.
int clua_name_offset_of(
    const uint8_t *wire, size_t length, const uint8_t *zone, size_t zone_length);
// RFC 4034 §6.1: below, at or above zero.
int clua_name_compare(const uint8_t *left, const uint8_t *right);
void clua_name_fold(const uint8_t *wire, size_t length, uint8_t *folded);

// Makes the metatable of one type of value objects and keeps it. `methods` and `events` end with a
// NULL name; an unknown field raises with the nearest method's name.
void clua_define_value_raises(
    lua_State *L, clua_value_type type, const luaL_Reg *methods, const luaL_Reg *events);
// The object when the value at `index` is one of `type`, else NULL.
void *clua_value_at(lua_State *L, int index, clua_value_type type);
// The receiver of a method; raises when it is something else.
void *clua_value_receiver_raises(lua_State *L, clua_value_type type);
// A new object of `size` bytes, on top of the stack.
void *clua_new_value_raises(lua_State *L, clua_value_type type, size_t size);

void clua_open_names_raises(lua_State *L);
void clua_open_addresses_raises(lua_State *L);
void clua_open_netmasks_raises(lua_State *L);

// address.c
//
// Reads "192.0.2.1", "192.0.2.1:53", "2001:db8::1" or "[2001:db8::1]:53".
bool clua_address_parse(const char *text, size_t length, clua_address *address);
enum { CLUA_ADDRESS_TEXT_BYTES = 64 };
void clua_address_format(const clua_address *address, char text[CLUA_ADDRESS_TEXT_BYTES]);
void clua_address_mask(clua_address *address, int bits);
// An address object, or text that reads as one.
clua_address clua_address_argument_raises(lua_State *L, int index, const char *call);
static inline int clua_address_bits(const clua_address *address) {
    return address->family == 4 ? 32 : 128;
}

#pragma GCC visibility pop

#endif
