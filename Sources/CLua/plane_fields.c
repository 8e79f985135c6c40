// SPDX-License-Identifier: Apache-2.0
//
// One value on its way between a script and the plane: what a field or a method of a query answers,
// and what a script passes to one. Names and addresses are value objects, which a script may keep.

#include "plane.h"

static void push_address_raises(lua_State *L, const clua_field *field) {
    clua_address address;
    if (!clua_address_of_socket(field->bytes, &address))
        luaL_error(L, "the address is of no known family");
    clua_push_address_raises(L, &address);
}

// An EDNS option of one code: how often it occurs, and its values.
static int option_count_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
    return 1;
}

static int option_values_raises(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t count = lua_rawlen(L, 1);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    return 1;
}

static void decorate_options_raises(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"count", option_count_raises}, {"getValues", option_values_raises}, {NULL, NULL}};
    lua_createtable(L, 0, 1);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    for (lua_pushnil(L); lua_next(L, -3) != 0; lua_pop(L, 1)) {
        lua_pushvalue(L, -3);
        lua_setmetatable(L, -2);
    }
    lua_pop(L, 1);
}

static void push_value_raises(lua_State *L, const clua_field *field) {
    const clua_buffer *output = &clua_vm_of(L)->output;
    clua_decode_raises(L, output->bytes, output->length);
    if (field->type == CLUA_FIELD_OPTIONS) decorate_options_raises(L);
}

int clua_push_field_raises(lua_State *L, const clua_plane *plane, const clua_field *field) {
    switch (field->type) {
    case CLUA_FIELD_NIL: lua_pushnil(L); break;
    case CLUA_FIELD_BOOLEAN: lua_pushboolean(L, field->integer != 0); break;
    case CLUA_FIELD_INTEGER: lua_pushinteger(L, field->integer); break;
    case CLUA_FIELD_NUMBER: lua_pushnumber(L, field->number); break;
    case CLUA_FIELD_BYTES: lua_pushlstring(L, (const char *)field->bytes, field->length); break;
    case CLUA_FIELD_SUBJECT:
        if (field->integer < 0 || field->integer >= CLUA_SUBJECTS_MAX
            || plane->subjects[field->integer] == LUA_NOREF)
            return luaL_error(L, "internal: part %d of a query was not defined",
                (int)field->integer);
        lua_rawgeti(L, LUA_REGISTRYINDEX, plane->subjects[field->integer]);
        break;
    case CLUA_FIELD_OBJECT:
        if (field->kind == CLUA_KIND_PLANE_SERVER)
            clua_push_plane_server_raises(L, (uint32_t)field->integer);
        else
            clua_push_object_raises(
                L, (uint16_t)field->kind, (uint32_t)field->integer, field->generation);
        break;
    case CLUA_FIELD_VALUE:
    case CLUA_FIELD_OPTIONS: push_value_raises(L, field); break;
    case CLUA_FIELD_NAME: clua_push_name_raises(L, field->bytes, field->length); break;
    case CLUA_FIELD_ADDRESS: push_address_raises(L, field); break;
    case CLUA_FIELD_RAISE:
        luaL_where(L, 1);
        lua_pushlstring(L, (const char *)field->bytes, field->length);
        lua_concat(L, 2);
        return lua_error(L);
    default: return 0;
    }
    return 1;
}

static clua_field userdata_argument_raises(lua_State *L, int index) {
    clua_field field = {.type = CLUA_FIELD_NIL};
    uint16_t kind;
    uint32_t id;
    const clua_address *address;
    if (clua_object_at(L, index, &kind, &id, &field.generation)) {
        field.type = CLUA_FIELD_OBJECT;
        field.kind = kind;
        field.integer = id;
    } else if ((field.bytes = clua_name_at(L, index, &field.length)) != NULL) {
        field.type = CLUA_FIELD_NAME;
    } else if ((address = clua_address_at(L, index)) != NULL) {
        field.type = CLUA_FIELD_ADDRESS;
        field.bytes = address->octets;
        field.length = address->family == 4 ? 4 : 16;
        field.integer = address->port;
    } else {
        field.type = CLUA_FIELD_SUBJECT;
        field.integer = clua_subject_at(L, index);
        if (field.integer < 0) luaL_error(L, "a %s cannot be passed here", luaL_typename(L, index));
    }
    return field;
}

// A server, or a table that is copied. Only one table can be passed in a call.
static clua_field table_argument_raises(lua_State *L, int index) {
    clua_field field = {.type = CLUA_FIELD_NIL};
    uint32_t ordinal;
    clua_vm *vm = clua_vm_of(L);
    if (clua_plane_server_at(L, index, &ordinal)) {
        field.type = CLUA_FIELD_OBJECT;
        field.kind = CLUA_KIND_PLANE_SERVER;
        field.integer = ordinal;
        return field;
    }
    clua_encode_plain_raises(L, &vm->input, index);
    field.type = CLUA_FIELD_VALUE;
    field.bytes = vm->input.bytes;
    field.length = vm->input.length;
    return field;
}

clua_field clua_argument_raises(lua_State *L, int index) {
    clua_field field = {.type = CLUA_FIELD_NIL};
    switch (lua_type(L, index)) {
    case LUA_TNIL: break;
    case LUA_TBOOLEAN:
        field.type = CLUA_FIELD_BOOLEAN;
        field.integer = lua_toboolean(L, index);
        break;
    case LUA_TNUMBER:
        field.type = lua_isinteger(L, index) ? CLUA_FIELD_INTEGER : CLUA_FIELD_NUMBER;
        field.integer = lua_tointeger(L, index);
        field.number = lua_tonumber(L, index);
        break;
    case LUA_TSTRING:
        field.type = CLUA_FIELD_BYTES;
        field.bytes = (const uint8_t *)lua_tolstring(L, index, &field.length);
        break;
    case LUA_TUSERDATA: return userdata_argument_raises(L, index);
    case LUA_TTABLE: return table_argument_raises(L, index);
    default: luaL_error(L, "a %s cannot be passed here", luaL_typename(L, index));
    }
    return field;
}
