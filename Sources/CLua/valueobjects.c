// SPDX-License-Identifier: Apache-2.0
//
// What the types of value objects have in common: their metatables, and how an object is told from
// another by its metatable's address, which costs no look-up.

#include "valueobjects.h"

static const char *const type_names[] = {"name", "address", "netmask"};
static const char *const type_words[] = {"a name", "an address", "a netmask"};

// Upvalues: 1 methods, 2 the type in words.
static int unknown_field_raises(lua_State *L) {
    const char *kind = lua_tostring(L, lua_upvalueindex(2));
    if (lua_type(L, 2) != LUA_TSTRING) return luaL_error(L, "%s has no numbered fields", kind);
    const char *name = lua_tostring(L, 2);
    const char *nearest = clua_nearest_name_raises(L, lua_upvalueindex(1), name);
    if (nearest == NULL) return luaL_error(L, "%s has no field '%s'", kind, name);
    return luaL_error(L, "%s has no field '%s' (did you mean '%s'?)", kind, name, nearest);
}

static int new_field_raises(lua_State *L) {
    return luaL_error(
        L, "fields of %s cannot be changed", lua_tostring(L, lua_upvalueindex(1)));
}

// The methods, which complain of any other name.
static void push_methods_raises(lua_State *L, const char *words, const luaL_Reg *methods) {
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, -2);
    lua_pushstring(L, words);
    lua_pushcclosure(L, unknown_field_raises, 2);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

void clua_define_value_raises(
    lua_State *L, clua_value_type type, const luaL_Reg *methods, const luaL_Reg *events) {
    clua_vm *vm = clua_vm_of(L);
    const char *name = type_names[type];
    lua_newtable(L);
    luaL_setfuncs(L, events, 0);
    push_methods_raises(L, type_words[type], methods);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, type_words[type]);
    lua_pushcclosure(L, new_field_raises, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__metatable");
    vm->value_identities[type] = lua_topointer(L, -1);
    vm->value_metatables[type] = luaL_ref(L, LUA_REGISTRYINDEX);
}

void *clua_value_at(lua_State *L, int index, clua_value_type type) {
    void *object = lua_touserdata(L, index);
    if (object == NULL || !lua_checkstack(L, 1) || !lua_getmetatable(L, index)) return NULL;
    bool ours = lua_topointer(L, -1) == clua_vm_of(L)->value_identities[type];
    lua_pop(L, 1);
    return ours ? object : NULL;
}

void *clua_value_receiver_raises(lua_State *L, clua_value_type type) {
    void *object = clua_value_at(L, 1, type);
    if (object == NULL)
        luaL_error(L, "%s's method must be called with a colon (%s:toString())", type_words[type],
            type_names[type]);
    return object;
}

void *clua_new_value_raises(lua_State *L, clua_value_type type, size_t size) {
    void *object = lua_newuserdatauv(L, size, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_vm_of(L)->value_metatables[type]);
    lua_setmetatable(L, -2);
    return object;
}

void clua_open_values_raises(lua_State *L) {
    clua_open_names_raises(L);
    clua_open_addresses_raises(L);
    clua_open_netmasks_raises(L);
}
