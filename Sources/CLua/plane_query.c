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

int32_t clua_subject_at(lua_State *L, int index) {
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
    int32_t subject = clua_subject_at(L, 1);
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
    if (clua_push_field_raises(L, plane, &field) == 1) return 1;
    return unknown_raises(L, name);
}

// Upvalues: 1 what the message says or none, 2 the part's name, 3 all names.
static int new_index_raises(lua_State *L) {
    clua_plane *plane = current_raises(L);
    lua_settop(L, 3);
    const char *kind = lua_tostring(L, lua_upvalueindex(2));
    int32_t subject = clua_subject_at(L, 1);
    if (subject < 0 || lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "%s has no such field", kind);
    size_t length;
    const char *name = lua_tolstring(L, 2, &length);
    clua_field value = clua_argument_raises(L, 3);
    clua_field result = {
        .type = CLUA_FIELD_UNKNOWN, .storage = plane->storage, .vm = clua_vm_of(L)};
    plane->callbacks.query_set(plane->callbacks.context, plane->query, subject,
        (const uint8_t *)name, length, &value, &result);
    if (result.type == CLUA_FIELD_UNKNOWN) return unknown_raises(L, name);
    clua_push_field_raises(L, plane, &result);
    return 0;
}

// Calls the function for each record with section, class, type and TTL, and stores what it returns.
static int edit_ttls_raises(lua_State *L) {
    clua_plane *plane = current_raises(L);
    const clua_plane_callbacks *c = &plane->callbacks;
    if (clua_subject_at(L, 1) < 0)
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
    if (clua_subject_at(L, 1) != subject)
        return luaL_error(L, "%s must be called on its object, with a colon (object:method())",
            lua_tostring(L, lua_upvalueindex(3)));
    int count = lua_gettop(L) - 1;
    if (count > CLUA_FIELD_ARGUMENTS_MAX) return luaL_error(L, "too many arguments");
    clua_field arguments[CLUA_FIELD_ARGUMENTS_MAX];
    for (int i = 0; i < count; i++) {
        arguments[i] = clua_argument_raises(L, i + 2);
        for (int j = 0; j < i; j++)
            if (arguments[i].type == CLUA_FIELD_VALUE && arguments[j].type == CLUA_FIELD_VALUE)
                return luaL_error(L, "only one of the arguments may be a table");
    }
    clua_field field = {
        .type = CLUA_FIELD_NIL, .storage = plane->storage, .vm = clua_vm_of(L)};
    int32_t method = (int32_t)lua_tointeger(L, lua_upvalueindex(2));
    plane->callbacks.query_method(plane->callbacks.context, plane->query, subject, method,
        arguments, count, &field);
    return clua_push_field_raises(L, plane, &field);
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
