// SPDX-License-Identifier: Apache-2.0
//
// Netmask objects: `newNetmask("192.0.2.0/24")`.

#include <string.h>

#include "valueobjects.h"

const clua_netmask *clua_netmask_at(lua_State *L, int index) {
    return clua_value_at(L, index, CLUA_VALUE_NETMASK);
}

void clua_push_netmask_raises(lua_State *L, const clua_netmask *mask) {
    clua_netmask copy = *mask;
    clua_netmask *made = clua_new_value_raises(L, CLUA_VALUE_NETMASK, sizeof *made);
    *made = copy;
}

static clua_netmask *receiver_raises(lua_State *L) {
    return clua_value_receiver_raises(L, CLUA_VALUE_NETMASK);
}

static bool parse_bits(const char *text, size_t length, int bits_max, uint8_t *bits) {
    int value = 0;
    if (length == 0 || length > 3) return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (text[i] - '0');
    }
    *bits = (uint8_t)value;
    return value <= bits_max;
}

static bool parse(const char *text, size_t length, clua_netmask *mask) {
    const char *slash = memchr(text, '/', length);
    size_t host = slash == NULL ? length : (size_t)(slash - text);
    if (!clua_address_parse(text, host, &mask->network) || mask->network.port != 0) return false;
    mask->bits = (uint8_t)clua_address_bits(&mask->network);
    return slash == NULL
        || parse_bits(slash + 1, length - host - 1, clua_address_bits(&mask->network),
            &mask->bits);
}

// An address with a number of bits, or text; without bits it is one host's.
static int new_netmask_raises(lua_State *L) {
    clua_netmask mask;
    memset(&mask, 0, sizeof mask);
    const clua_address *address = clua_address_at(L, 1);
    size_t length;
    if (address != NULL) {
        lua_Integer bits = luaL_optinteger(L, 2, clua_address_bits(address));
        if (bits < 0 || bits > clua_address_bits(address))
            return luaL_error(
                L, "newNetmask: bits must be from 0 to %d", clua_address_bits(address));
        mask.network = *address;
        mask.network.port = 0;
        mask.bits = (uint8_t)bits;
    } else if (lua_type(L, 1) != LUA_TSTRING) {
        return luaL_error(
            L, "newNetmask: give a netmask or an address, not %s", luaL_typename(L, 1));
    } else if (!parse(lua_tolstring(L, 1, &length), lua_rawlen(L, 1), &mask)) {
        return luaL_error(L,
            "newNetmask: '%s' is not a netmask (like 192.0.2.0/24 or 2001:db8::/32)",
            lua_tostring(L, 1));
    }
    clua_push_netmask_raises(L, &mask);
    return 1;
}

static int to_string_raises(lua_State *L) {
    const clua_netmask *mask = receiver_raises(L);
    char text[CLUA_ADDRESS_TEXT_BYTES];
    clua_address_format(&mask->network, text);
    lua_pushfstring(L, "%s/%d", text, (int)mask->bits);
    return 1;
}

static int get_bits_raises(lua_State *L) {
    lua_pushinteger(L, receiver_raises(L)->bits);
    return 1;
}

static int get_network_raises(lua_State *L) {
    clua_push_address_raises(L, &receiver_raises(L)->network);
    return 1;
}

static int get_masked_network_raises(lua_State *L) {
    clua_netmask mask = *receiver_raises(L);
    clua_address_mask(&mask.network, mask.bits);
    clua_push_address_raises(L, &mask.network);
    return 1;
}

static int is_four_raises(lua_State *L) {
    lua_pushboolean(L, receiver_raises(L)->network.family == 4);
    return 1;
}

static int is_six_raises(lua_State *L) {
    lua_pushboolean(L, receiver_raises(L)->network.family == 6);
    return 1;
}

static int match_raises(lua_State *L) {
    clua_netmask mask = *receiver_raises(L);
    clua_address address = clua_address_argument_raises(L, 2, "match");
    clua_address_mask(&mask.network, mask.bits);
    clua_address_mask(&address, mask.bits);
    lua_pushboolean(L, address.family == mask.network.family
            && memcmp(address.octets, mask.network.octets, sizeof address.octets) == 0);
    return 1;
}

// Never true: dnsdist's empty netmasks are those that were not given any text.
static int empty_raises(lua_State *L) {
    receiver_raises(L);
    lua_pushboolean(L, 0);
    return 1;
}

static int equal_raises(lua_State *L) {
    const clua_netmask *one = clua_netmask_at(L, 1), *other = clua_netmask_at(L, 2);
    lua_pushboolean(L, one != NULL && other != NULL && one->bits == other->bits
            && one->network.family == other->network.family
            && memcmp(one->network.octets, other->network.octets, 16) == 0);
    return 1;
}

void clua_open_netmasks_raises(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"toString", to_string_raises}, {"tostring", to_string_raises},
        {"getBits", get_bits_raises}, {"getNetwork", get_network_raises},
        {"getMaskedNetwork", get_masked_network_raises}, {"isIPv4", is_four_raises},
        {"isIpv4", is_four_raises}, {"isIPv6", is_six_raises}, {"isIpv6", is_six_raises},
        {"match", match_raises}, {"empty", empty_raises}, {NULL, NULL}};
    static const luaL_Reg events[] = {
        {"__tostring", to_string_raises}, {"__eq", equal_raises}, {NULL, NULL}};
    clua_define_value_raises(L, CLUA_VALUE_NETMASK, methods, events);
    lua_register(L, "newNetmask", new_netmask_raises);
}
