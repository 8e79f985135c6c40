// SPDX-License-Identifier: Apache-2.0
//
// Address objects, dnsdist's ComboAddress: `newCA("192.0.2.1:53")`, `dq.remoteaddr`.

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "valueobjects.h"

const clua_address *clua_address_at(lua_State *L, int index) {
    return clua_value_at(L, index, CLUA_VALUE_ADDRESS);
}

void clua_push_address_raises(lua_State *L, const clua_address *address) {
    clua_address copy = *address;
    clua_address *made = clua_new_value_raises(L, CLUA_VALUE_ADDRESS, sizeof *made);
    *made = copy;
}

// Reads no more than the family's own structure.
bool clua_address_of_socket(const void *socket_address, clua_address *address) {
    sa_family_t family;
    memset(address, 0, sizeof *address);
    memcpy(&family, socket_address, sizeof family);
    if (family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, socket_address, sizeof four);
        address->family = 4;
        address->port = ntohs(four.sin_port);
        memcpy(address->octets, &four.sin_addr, 4);
        return true;
    }
    if (family != AF_INET6) return false;
    struct sockaddr_in6 six;
    memcpy(&six, socket_address, sizeof six);
    address->family = 6;
    address->port = ntohs(six.sin6_port);
    memcpy(address->octets, &six.sin6_addr, 16);
    return true;
}

static bool parse_port(const char *text, uint16_t *port) {
    unsigned value = 0;
    if (*text == 0 || strlen(text) > 5) return false;
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9') return false;
        value = value * 10 + (unsigned)(*text - '0');
    }
    *port = (uint16_t)value;
    return value <= 65535;
}

bool clua_address_parse(const char *text, size_t length, clua_address *address) {
    char copy[CLUA_ADDRESS_TEXT_BYTES], *host = copy, *port = NULL;
    if (length >= sizeof copy || memchr(text, 0, length) != NULL) return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    memset(address, 0, sizeof *address);
    char *colon = strchr(copy, ':');
    if (copy[0] == '[') {
        char *end = strchr(copy, ']');
        if (end == NULL || (end[1] != 0 && end[1] != ':')) return false;
        if (end[1] == ':') port = end + 2;
        *end = 0;
        host += 1;
        if (strchr(host, ':') == NULL) return false;
    } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        // One colon only: an IPv4 address and a port.
        *colon = 0;
        port = colon + 1;
    }
    if (port != NULL && !parse_port(port, &address->port)) return false;
    if (inet_pton(AF_INET, host, address->octets) == 1) address->family = 4;
    else if (inet_pton(AF_INET6, host, address->octets) == 1) address->family = 6;
    return address->family != 0;
}

void clua_address_format(const clua_address *address, char text[CLUA_ADDRESS_TEXT_BYTES]) {
    int family = address->family == 4 ? AF_INET : AF_INET6;
    text[0] = 0;
    inet_ntop(family, address->octets, text, CLUA_ADDRESS_TEXT_BYTES);
}

void clua_address_mask(clua_address *address, int bits) {
    int octets = clua_address_bits(address) / 8;
    for (int i = 0; i < octets; i++, bits -= 8) {
        if (bits >= 8) continue;
        address->octets[i] &= bits <= 0 ? 0 : (uint8_t)(0xff00 >> bits);
    }
}

clua_address clua_address_argument_raises(lua_State *L, int index, const char *call) {
    const clua_address *given = clua_address_at(L, index);
    if (given != NULL) return *given;
    clua_address address;
    size_t length;
    if (lua_type(L, index) != LUA_TSTRING)
        luaL_error(L, "%s: give an address or text, not %s", call, luaL_typename(L, index));
    const char *text = lua_tolstring(L, index, &length);
    if (!clua_address_parse(text, length, &address))
        luaL_error(L,
            "%s: '%s' is not an address (like 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53)", call,
            text);
    return address;
}

static clua_address *receiver_raises(lua_State *L) {
    return clua_value_receiver_raises(L, CLUA_VALUE_ADDRESS);
}

static int to_string_raises(lua_State *L) {
    char text[CLUA_ADDRESS_TEXT_BYTES];
    clua_address_format(receiver_raises(L), text);
    lua_pushstring(L, text);
    return 1;
}

static int push_with_port_raises(lua_State *L, const clua_address *address) {
    char text[CLUA_ADDRESS_TEXT_BYTES];
    clua_address_format(address, text);
    lua_pushfstring(
        L, address->family == 4 ? "%s:%d" : "[%s]:%d", text, (int)address->port);
    return 1;
}

static int to_string_with_port_raises(lua_State *L) {
    return push_with_port_raises(L, receiver_raises(L));
}

// With the port unless it is the one given (53).
static int to_string_with_port_except_raises(lua_State *L) {
    const clua_address *address = receiver_raises(L);
    if (luaL_optinteger(L, 2, 53) == address->port) return to_string_raises(L);
    return push_with_port_raises(L, address);
}

static int get_port_raises(lua_State *L) {
    lua_pushinteger(L, receiver_raises(L)->port);
    return 1;
}

static int get_raw_raises(lua_State *L) {
    const clua_address *address = receiver_raises(L);
    lua_pushlstring(L, (const char *)address->octets, (size_t)clua_address_bits(address) / 8);
    return 1;
}

static int is_four_raises(lua_State *L) {
    lua_pushboolean(L, receiver_raises(L)->family == 4);
    return 1;
}

static int is_six_raises(lua_State *L) {
    lua_pushboolean(L, receiver_raises(L)->family == 6);
    return 1;
}

// ::ffff:0:0/96.
static bool is_mapped(const clua_address *address) {
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return address->family == 6 && memcmp(address->octets, prefix, sizeof prefix) == 0;
}

static int is_mapped_raises(lua_State *L) {
    lua_pushboolean(L, is_mapped(receiver_raises(L)));
    return 1;
}

static int map_to_four_raises(lua_State *L) {
    const clua_address *address = receiver_raises(L);
    if (!is_mapped(address))
        return luaL_error(L, "mapToIPv4: only an IPv4-mapped IPv6 address can be mapped back");
    clua_address four = {.family = 4, .port = address->port};
    memcpy(four.octets, address->octets + 12, 4);
    clua_push_address_raises(L, &four);
    return 1;
}

// Zeroes the bits after the first `bits`, in place as in dnsdist.
static int truncate_raises(lua_State *L) {
    clua_address *address = receiver_raises(L);
    lua_Integer bits = luaL_checkinteger(L, 2);
    if (bits < 0) return luaL_error(L, "truncate: give a number of bits from 0");
    if (bits < clua_address_bits(address)) clua_address_mask(address, (int)bits);
    return 0;
}

static int equal_raises(lua_State *L) {
    const clua_address *one = clua_address_at(L, 1), *other = clua_address_at(L, 2);
    lua_pushboolean(L, one != NULL && other != NULL && one->family == other->family
            && one->port == other->port
            && memcmp(one->octets, other->octets, sizeof one->octets) == 0);
    return 1;
}

static int new_address_raises(lua_State *L) {
    clua_address address = clua_address_argument_raises(L, 1, "newCA");
    clua_push_address_raises(L, &address);
    return 1;
}

static int new_address_from_raw_raises(lua_State *L) {
    clua_address address = {.family = 0};
    size_t length;
    const char *octets = luaL_checklstring(L, 1, &length);
    lua_Integer port = luaL_optinteger(L, 2, 0);
    if (length != 4 && length != 16)
        return luaL_error(L, "newCAFromRaw: give 4 or 16 octets, not %d", (int)length);
    if (port < 0 || port > 65535)
        return luaL_error(L, "newCAFromRaw: port must be from 0 to 65535");
    address.family = length == 4 ? 4 : 6;
    address.port = (uint16_t)port;
    memcpy(address.octets, octets, length);
    clua_push_address_raises(L, &address);
    return 1;
}

void clua_open_addresses_raises(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"toString", to_string_raises}, {"tostring", to_string_raises},
        {"toStringWithPort", to_string_with_port_raises},
        {"tostringWithPort", to_string_with_port_raises},
        {"toStringWithPortExcept", to_string_with_port_except_raises},
        {"getPort", get_port_raises}, {"getRaw", get_raw_raises}, {"isIPv4", is_four_raises},
        {"isIPv6", is_six_raises}, {"isMappedIPv4", is_mapped_raises},
        {"mapToIPv4", map_to_four_raises}, {"truncate", truncate_raises}, {NULL, NULL}};
    static const luaL_Reg events[] = {
        {"__tostring", to_string_raises}, {"__eq", equal_raises}, {NULL, NULL}};
    clua_define_value_raises(L, CLUA_VALUE_ADDRESS, methods, events);
    lua_register(L, "newCA", new_address_raises);
    lua_register(L, "newCAFromRaw", new_address_from_raw_raises);
}
