// SPDX-License-Identifier: Apache-2.0
//
// The query as a policy sees it: `dq` and the part that has methods of its own (dh). Each is one
// userdata, made once; what it answers comes from the query that is being decided, so one that a
// script kept says that its query has gone. Names and addresses are value objects: a script may keep
// those.

#include <string.h>

#include "plane.h"

static const char subject_key;

typedef struct {
    int32_t subject;
} part;

static int32_t subject_at(lua_State *L, int index) {
    part *p = lua_touserdata(L, index);
    if (p == NULL || !lua_getmetatable(L, index)) return -1;
    bool ours = lua_rawgetp(L, -1, &subject_key) == LUA_TBOOLEAN;
    lua_pop(L, 2);
    return ours ? p->subject : -1;
}

static clua_plane *current_raises(lua_State *L) {
    clua_plane *plane = clua_plane_of_raises(L);
    if (plane->query == NULL) luaL_error(L, "query is no longer available");
    return plane;
}

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

static int push_field_raises(lua_State *L, const clua_plane *plane, const clua_field *field) {
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

// Upvalues of the function that runs: 2 the part's name, 3 its methods' and fields' names.
static int unknown_raises(lua_State *L, const char *name) {
    const char *kind = lua_tostring(L, lua_upvalueindex(2));
    const char *nearest = clua_nearest_name_raises(L, lua_upvalueindex(3), name);
    if (nearest == NULL) return luaL_error(L, "%s has no field '%s'", kind, name);
    return luaL_error(L, "%s has no field '%s' (did you mean '%s'?)", kind, name, nearest);
}

// Upvalues: 1 methods, 2 the part's name, 3 all names.
static int index_raises(lua_State *L) {
    clua_plane *plane = current_raises(L);
    lua_settop(L, 2);
    int32_t subject = subject_at(L, 1);
    if (subject < 0 || lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "%s has no such field", lua_tostring(L, lua_upvalueindex(2)));
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    size_t length;
    const char *name = lua_tolstring(L, 2, &length);
    clua_field field = {
        .type = CLUA_FIELD_UNKNOWN, .storage = plane->storage, .vm = clua_vm_of(L)};
    plane->callbacks.query_field(plane->callbacks.context, plane->query, subject,
        (const uint8_t *)name, length, &field);
    if (push_field_raises(L, plane, &field) == 1) return 1;
    return unknown_raises(L, name);
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
        field.integer = subject_at(L, index);
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

static clua_field argument_raises(lua_State *L, int index) {
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

// Upvalues: 1 what the message says or none, 2 the part's name, 3 all names.
static int new_index_raises(lua_State *L) {
    clua_plane *plane = current_raises(L);
    lua_settop(L, 3);
    const char *kind = lua_tostring(L, lua_upvalueindex(2));
    int32_t subject = subject_at(L, 1);
    if (subject < 0 || lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "%s has no such field", kind);
    size_t length;
    const char *name = lua_tolstring(L, 2, &length);
    clua_field value = argument_raises(L, 3);
    clua_field result = {
        .type = CLUA_FIELD_UNKNOWN, .storage = plane->storage, .vm = clua_vm_of(L)};
    plane->callbacks.query_set(plane->callbacks.context, plane->query, subject,
        (const uint8_t *)name, length, &value, &result);
    if (result.type == CLUA_FIELD_UNKNOWN) return unknown_raises(L, name);
    push_field_raises(L, plane, &result);
    return 0;
}

// Calls the function for each record with section, class, type and TTL, and stores what it returns.
static int edit_ttls_raises(lua_State *L) {
    clua_plane *plane = current_raises(L);
    const clua_plane_callbacks *c = &plane->callbacks;
    if (subject_at(L, 1) < 0)
        return luaL_error(L, "editTTLs must be called with a colon (dr:editTTLs(function))");
    if (!lua_isfunction(L, 2))
        return luaL_error(L, "editTTLs: give a function, not %s", luaL_typename(L, 2));
    clua_record record;
    for (bool first = true; c->next_record(c->context, plane->query, first, &record);
         first = false) {
        lua_pushvalue(L, 2);
        lua_pushinteger(L, record.section);
        lua_pushinteger(L, record.class_number);
        lua_pushinteger(L, record.type);
        lua_pushinteger(L, record.ttl);
        lua_call(L, 4, 1);
        int exact;
        lua_Integer ttl = lua_tointegerx(L, -1, &exact);
        if (!exact || ttl < 0 || ttl > UINT32_MAX)
            return luaL_error(L, "editTTLs: the function must return a TTL in seconds, not %s",
                luaL_tolstring(L, -1, NULL));
        lua_pop(L, 1);
        if (ttl != record.ttl)
            c->set_ttl(c->context, plane->query, record.ttl_offset, (uint32_t)ttl);
    }
    return 0;
}

// Upvalues: 1 the part, 2 the method's number, 3 its name.
static int method_raises(lua_State *L) {
    clua_plane *plane = current_raises(L);
    int32_t subject = (int32_t)lua_tointeger(L, lua_upvalueindex(1));
    if (subject_at(L, 1) != subject)
        return luaL_error(L, "%s must be called on its object, with a colon (object:method())",
            lua_tostring(L, lua_upvalueindex(3)));
    int count = lua_gettop(L) - 1;
    if (count > CLUA_FIELD_ARGUMENTS_MAX) return luaL_error(L, "too many arguments");
    clua_field arguments[CLUA_FIELD_ARGUMENTS_MAX];
    for (int i = 0; i < count; i++) {
        arguments[i] = argument_raises(L, i + 2);
        for (int j = 0; j < i; j++)
            if (arguments[i].type == CLUA_FIELD_VALUE && arguments[j].type == CLUA_FIELD_VALUE)
                return luaL_error(L, "only one of the arguments may be a table");
    }
    clua_field field = {
        .type = CLUA_FIELD_NIL, .storage = plane->storage, .vm = clua_vm_of(L)};
    int32_t method = (int32_t)lua_tointeger(L, lua_upvalueindex(2));
    plane->callbacks.query_method(plane->callbacks.context, plane->query, subject, method,
        arguments, count, &field);
    return push_field_raises(L, plane, &field);
}

typedef struct {
    int32_t subject;
    const char *name;
    const char *const *methods, *const *fields;
    int32_t count, field_count;
} request;

static void push_methods_raises(lua_State *L, const request *r) {
    lua_createtable(L, 0, r->count);
    for (int32_t i = 0; i < r->count; i++) {
        lua_pushinteger(L, r->subject);
        lua_pushinteger(L, i);
        lua_pushfstring(L, "%s:%s", r->name, r->methods[i]);
        if (strcmp(r->methods[i], "editTTLs") == 0) {
            lua_pop(L, 3);
            lua_pushcfunction(L, edit_ttls_raises);
        } else {
            lua_pushcclosure(L, method_raises, 3);
        }
        lua_setfield(L, -2, r->methods[i]);
    }
}

// All that the part has, for suggestions.
static void push_names_raises(lua_State *L, const request *r) {
    lua_createtable(L, 0, r->count + r->field_count);
    for (int32_t i = 0; i < r->count + r->field_count; i++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, i < r->count ? r->methods[i] : r->fields[i - r->count]);
    }
}

static int define_subject_raises(lua_State *L) {
    const request *r = lua_touserdata(L, 1);
    clua_plane *plane = clua_plane_of_raises(L);
    part *p = lua_newuserdatauv(L, sizeof *p, 0);
    p->subject = r->subject;
    lua_createtable(L, 0, 6);
    push_methods_raises(L, r);
    if (lua_getfield(L, -1, "toString") == LUA_TFUNCTION) lua_setfield(L, -3, "__tostring");
    else lua_pop(L, 1);
    lua_pushstring(L, r->name);
    push_names_raises(L, r);
    lua_pushcclosure(L, index_raises, 3);
    lua_setfield(L, -2, "__index");
    lua_pushnil(L);
    lua_pushstring(L, r->name);
    push_names_raises(L, r);
    lua_pushcclosure(L, new_index_raises, 3);
    lua_setfield(L, -2, "__newindex");
    lua_pushstring(L, r->name);
    lua_setfield(L, -2, "__name");
    lua_pushstring(L, r->name);
    lua_setfield(L, -2, "__metatable");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &subject_key);
    lua_setmetatable(L, -2);
    plane->subjects[r->subject] = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

clua_status clua_plane_define_subject(clua_vm *vm, int32_t subject, const char *name,
    const char *const *methods, int32_t count, const char *const *fields,
    int32_t field_count) {
    if (subject < 0 || subject >= CLUA_SUBJECTS_MAX)
        return clua_fail_with(vm, CLUA_ERROR_INTERNAL, "part of a query out of range");
    request r = {.subject = subject, .name = name, .methods = methods, .fields = fields,
        .count = count, .field_count = field_count};
    return clua_protect(vm, define_subject_raises, &r);
}
