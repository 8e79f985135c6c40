// SPDX-License-Identifier: Apache-2.0
//
// Host objects: userdata that hold {kind, id, generation} and nothing else. No user values and no
// __gc: the host checks the generation, so a stale one is a clear error and never a dangling
// pointer. One object has one userdata while anything refers to it, so it works as a table key.

#include <string.h>

#include "vm.h"

typedef struct {
    uint16_t kind;
    uint32_t id, generation;
} object;

// Keys of the registry and of metatables, by address.
static const char object_key, cache_key;

bool clua_object_at(
    lua_State *L, int index, uint16_t *kind, uint32_t *id, uint32_t *generation) {
    object *o = lua_touserdata(L, index);
    if (o == NULL || !lua_checkstack(L, 2) || !lua_getmetatable(L, index)) return false;
    bool ours = lua_rawgetp(L, -1, &object_key) == LUA_TBOOLEAN;
    lua_pop(L, 2);
    if (!ours) return false;
    *kind = o->kind;
    *id = o->id;
    *generation = o->generation;
    return true;
}

void clua_push_object_raises(lua_State *L, uint16_t kind, uint32_t id, uint32_t generation) {
    clua_vm *vm = clua_vm_of(L);
    if (kind >= CLUA_KINDS_MAX || vm->kind_metatables[kind] == LUA_NOREF)
        luaL_error(L, "internal: object kind %d was not defined", (int)kind);
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->kind_metatables[kind]);
    lua_rawgetp(L, -1, &cache_key);
    if (lua_rawgeti(L, -1, id) == LUA_TUSERDATA) {
        object *known = lua_touserdata(L, -1);
        if (known->generation == generation) {
            lua_replace(L, -3);
            lua_pop(L, 1);
            return;
        }
    }
    lua_pop(L, 1);
    object *o = lua_newuserdatauv(L, sizeof *o, 0);
    *o = (object){.kind = kind, .id = id, .generation = generation};
    lua_pushvalue(L, -3);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, id);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

// Whether anything in the VM may still refer to an object: it has a userdata that was not collected.
bool clua_holds_object(clua_vm *vm, uint16_t kind, uint32_t id) {
    lua_State *L = vm->current;
    if (kind >= CLUA_KINDS_MAX || vm->kind_metatables[kind] == LUA_NOREF) return false;
    if (!lua_checkstack(L, 3)) return true;
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->kind_metatables[kind]);
    lua_rawgetp(L, -1, &cache_key);
    bool held = lua_rawgeti(L, -1, id) != LUA_TNIL;
    lua_pop(L, 3);
    return held;
}

static int equal_raises(lua_State *L) {
    object a, b;
    bool same = clua_object_at(L, 1, &a.kind, &a.id, &a.generation)
        && clua_object_at(L, 2, &b.kind, &b.id, &b.generation) && a.kind == b.kind
        && a.id == b.id && a.generation == b.generation;
    lua_pushboolean(L, same);
    return 1;
}

// Upvalues: 1 methods, 2 host function of the field getter or -1, 3 the kind's name.
static int index_raises(lua_State *L) {
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_settop(L, 2);
    int32_t getter = (int32_t)lua_tointeger(L, lua_upvalueindex(2));
    if (getter >= 0) return clua_invoke_raises(L, getter);
    const char *kind = lua_tostring(L, lua_upvalueindex(3));
    if (lua_type(L, 2) != LUA_TSTRING) luaL_error(L, "%s has no numbered fields", kind);
    const char *name = lua_tostring(L, 2);
    const char *nearest = clua_nearest_name_raises(L, lua_upvalueindex(1), name);
    if (nearest == NULL) return luaL_error(L, "%s has no field '%s'", kind, name);
    return luaL_error(L, "%s has no field '%s' (did you mean '%s'?)", kind, name, nearest);
}

static int new_index_raises(lua_State *L) {
    lua_settop(L, 3);
    int32_t setter = (int32_t)lua_tointeger(L, lua_upvalueindex(1));
    if (setter >= 0) return clua_invoke_raises(L, setter);
    return luaL_error(
        L, "fields of a %s cannot be changed", lua_tostring(L, lua_upvalueindex(2)));
}

static int text_raises(lua_State *L) {
    object *o = lua_touserdata(L, 1);
    lua_pushfstring(L, "%s %d", lua_tostring(L, lua_upvalueindex(1)), o == NULL ? 0 : (int)o->id);
    return 1;
}

static void set_host_raises(lua_State *L, const char *event, int32_t function, const char *name) {
    if (function < 0) return;
    clua_push_host_raises(L, function, name, false, -1);
    lua_setfield(L, -2, event);
}

static void push_weak_table_raises(lua_State *L) {
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
}

static void push_methods_raises(lua_State *L, const clua_kind *kind) {
    lua_createtable(L, 0, (int)kind->method_count);
    for (size_t i = 0; i < kind->method_count; i++) {
        const clua_method *m = &kind->methods[i];
        lua_pushfstring(L, "%s:%s", kind->name, m->name);
        clua_push_host_raises(L, m->function, lua_tostring(L, -1), m->suspends, kind->kind);
        lua_setfield(L, -3, m->name);
        lua_pop(L, 1);
    }
}

static int define_kind_raises(lua_State *L) {
    const clua_kind *kind = lua_touserdata(L, 1);
    lua_createtable(L, 0, 12);
    push_methods_raises(L, kind);
    lua_pushinteger(L, kind->get);
    lua_pushstring(L, kind->name);
    lua_pushcclosure(L, index_raises, 3);
    lua_setfield(L, -2, "__index");
    lua_pushinteger(L, kind->set);
    lua_pushstring(L, kind->name);
    lua_pushcclosure(L, new_index_raises, 2);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, equal_raises);
    lua_setfield(L, -2, "__eq");
    lua_pushstring(L, kind->name);
    lua_pushcclosure(L, text_raises, 1);
    lua_setfield(L, -2, "__tostring");
    set_host_raises(L, "__tostring", kind->text, kind->name);
    set_host_raises(L, "__call", kind->call, kind->name);
    set_host_raises(L, "__len", kind->length, kind->name);
    lua_pushstring(L, kind->name);
    lua_setfield(L, -2, "__name");
    lua_pushstring(L, kind->name);
    lua_setfield(L, -2, "__metatable");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &object_key);
    push_weak_table_raises(L);
    lua_rawsetp(L, -2, &cache_key);
    clua_vm_of(L)->kind_metatables[kind->kind] = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

clua_status clua_define_kind(clua_vm *vm, const clua_kind *kind) {
    if (kind->kind >= CLUA_KINDS_MAX)
        return clua_fail_with(vm, CLUA_ERROR_INTERNAL, "object kind out of range");
    // The body reads it only.
    return clua_protect(vm, define_kind_raises, (void *)(uintptr_t)kind);
}
