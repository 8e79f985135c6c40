// SPDX-License-Identifier: Apache-2.0
//
// Load, call, get, set: what Swift asks of a VM, each below one lua_pcall.

#include <stdio.h>
#include <string.h>

#include "vm.h"

typedef struct {
    const uint8_t *bytes;
    size_t length;
    const char *text;
    int32_t function, line;
    bool flag;
} request;

// The message begins with the chunk's name, cut to sixty characters, and the line: the name is
// known in full, so only the line is taken from there.
static void keep_syntax_error(clua_vm *vm, const char *chunk, const char *message) {
    clua_failure *failure = &vm->failure;
    int line = 0, used = 0;
    for (const char *at = strchr(message, ':'); at != NULL; at = strchr(at + 1, ':')) {
        if (sscanf(at, ":%d: %n", &line, &used) != 1 || used == 0) continue;
        message = at + used;
        break;
    }
    failure->line = line;
    snprintf(failure->file, sizeof failure->file, "%s", chunk);
    snprintf(failure->message, sizeof failure->message, "%s", message);
}

static int load_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    clua_read_pragma(clua_vm_of(L), r->text, (const char *)r->bytes, r->length);
    lua_pushfstring(L, "@%s", r->text);
    // "t": a corrupt binary chunk can crash the VM (fixed in 5.4.5, and Debian has 5.4.4).
    int status = luaL_loadbufferx(
        L, (const char *)r->bytes, r->length, lua_tostring(L, -1), "t");
    r->flag = status == LUA_ERRSYNTAX;
    if (r->flag) keep_syntax_error(clua_vm_of(L), r->text, lua_tostring(L, -1));
    else if (status != LUA_OK) lua_error(L);
    else r->function = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

clua_status clua_load(
    clua_vm *vm, const uint8_t *source, size_t length, const char *chunk, int32_t *function) {
    request r = {.bytes = source, .length = length, .text = chunk, .function = LUA_NOREF};
    clua_status status = clua_protect(vm, load_raises, &r);
    *function = r.function;
    return status == CLUA_OK && r.flag ? CLUA_ERROR_SYNTAX : status;
}

static int call_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    lua_settop(L, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->function);
    int count = clua_decode_raises(L, r->bytes, r->length);
    lua_call(L, count, LUA_MULTRET);
    clua_encode_raises(L, &clua_vm_of(L)->input, 1, lua_gettop(L));
    return 0;
}

clua_status clua_call(
    clua_vm *vm, int32_t function, const uint8_t *arguments, size_t length, int32_t ticks) {
    if (!clua_enter(vm, ticks))
        return clua_fail_with(vm, CLUA_ERROR_INTERNAL, "cannot create a timer for scripts");
    request r = {.bytes = arguments, .length = length, .function = function};
    clua_status status = clua_protect(vm, call_raises, &r);
    clua_leave(vm);
    return status;
}

void clua_release(clua_vm *vm, int32_t function) {
    luaL_unref(vm->main, LUA_REGISTRYINDEX, function);
}

static int location_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    clua_vm *vm = clua_vm_of(L);
    lua_Debug ar;
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->function);
    if (!lua_isfunction(L, -1)) luaL_error(L, "not a function");
    lua_getinfo(L, ">S", &ar);
    r->line = ar.linedefined;
    const char *source = ar.source;
    if (*source == '@' || *source == '=') source += 1;
    else source = ar.short_src;
    snprintf(vm->caller_file, sizeof vm->caller_file, "%s", source);
    return 0;
}

// The place is left where clua_caller finds it.
clua_status clua_location(clua_vm *vm, int32_t function, int32_t *line) {
    request r = {.function = function};
    clua_status status = clua_protect(vm, location_raises, &r);
    vm->caller_line = r.line;
    *line = r.line;
    return status;
}

// Leaves the table that holds the last part of `path` on the stack and returns that part.
static const char *reach_raises(lua_State *L, const char *path, bool create) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        lua_pushlstring(L, path, (size_t)(dot - path));
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TTABLE) {
            if (!lua_isnil(L, -1)) luaL_error(L, "'%s' is not a table", path);
            if (!create) return NULL;
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -2);
            lua_pushvalue(L, -2);
            lua_rawset(L, -5);
        }
        lua_replace(L, -3);
        lua_pop(L, 1);
        path = dot + 1;
    }
    return path;
}

static int get_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    const char *name = reach_raises(L, r->text, false);
    if (name == NULL) {
        lua_pushnil(L);
    } else {
        lua_pushstring(L, name);
        lua_rawget(L, -2);
    }
    clua_encode_raises(L, &clua_vm_of(L)->input, lua_gettop(L), lua_gettop(L));
    return 0;
}

clua_status clua_get(clua_vm *vm, const char *path) {
    request r = {.text = path};
    return clua_protect(vm, get_raises, &r);
}

static int set_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    const char *name = reach_raises(L, r->text, true);
    lua_pushstring(L, name);
    if (clua_decode_raises(L, r->bytes, r->length) != 1) luaL_error(L, "internal: one value");
    lua_rawset(L, -3);
    return 0;
}

clua_status clua_set(clua_vm *vm, const char *path, const uint8_t *value, size_t length) {
    request r = {.text = path, .bytes = value, .length = length};
    return clua_protect(vm, set_raises, &r);
}

static int define_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    const char *name = reach_raises(L, r->text, true);
    lua_pushstring(L, name);
    clua_push_host_raises(L, r->function, r->text, r->flag, -1);
    lua_rawset(L, -3);
    return 0;
}

clua_status clua_define(clua_vm *vm, const char *path, int32_t function, bool suspends) {
    request r = {.text = path, .function = function, .flag = suspends};
    return clua_protect(vm, define_raises, &r);
}
