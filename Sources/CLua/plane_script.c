// SPDX-License-Identifier: Apache-2.0
//
// Rules and actions that are scripts. As with policies nothing is allocated on the way in, and nothing
// can raise outside the one lua_pcall: what a script returned is read without converting it in Lua.

#include <stdio.h>
#include <string.h>

#include "plane.h"
#include "valueobjects.h"

static const char *subject_of(const clua_plane_script *script) {
    return script->kind == CLUA_SCRIPT_RULE ? "rule" : "action";
}

static int32_t nonsense(clua_vm *vm, const clua_plane_script *script, const char *what) {
    return clua_plane_nonsense(vm, subject_of(script), what);
}

static int32_t keep_text(
    clua_vm *vm, clua_plane_script *script, const void *text, size_t length, int32_t number) {
    clua_buffer *buffer = &vm->plane->text;
    buffer->length = 0;
    if (!clua_reserve(vm, buffer, length)) {
        clua_fail_with(vm, CLUA_ERROR_MEMORY, "not enough memory for what the action returned");
        return CLUA_DECISION_MEMORY;
    }
    if (length > 0) memcpy(buffer->bytes, text, length);
    script->text = buffer->bytes;
    script->text_length = length;
    return number;
}

// The second result is on top: text, a number, a name or an address, or nothing.
static int32_t read_text(clua_vm *vm, clua_plane_script *script, int32_t number) {
    lua_State *L = vm->main;
    char text[CLUA_NAME_TEXT_BYTES];
    size_t length;
    const uint8_t *wire;
    const clua_address *address;
    switch (lua_type(L, -1)) {
    case LUA_TNIL: return number;
    case LUA_TSTRING: {
        const char *bytes = lua_tolstring(L, -1, &length);
        return keep_text(vm, script, bytes, length, number);
    }
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1)) snprintf(text, sizeof text, "%lld", lua_tointeger(L, -1));
        else snprintf(text, sizeof text, "%.14g", lua_tonumber(L, -1));
        return keep_text(vm, script, text, strlen(text), number);
    default: break;
    }
    if ((wire = clua_name_at(L, -1, &length)) != NULL)
        return keep_text(vm, script, text, clua_name_format(wire, true, text), number);
    if ((address = clua_address_at(L, -1)) != NULL) {
        clua_address_format(address, text);
        return keep_text(vm, script, text, strlen(text), number);
    }
    char what[80];
    snprintf(what, sizeof what, "a %s beside its number, not text", luaL_typename(L, -1));
    return nonsense(vm, script, what);
}

// Both results are on the stack.
static int32_t interpret(clua_vm *vm, clua_plane_script *script) {
    lua_State *L = vm->main;
    char what[96];
    if (script->kind == CLUA_SCRIPT_RULE) {
        if (lua_isboolean(L, -2)) return lua_toboolean(L, -2);
        snprintf(what, sizeof what, "%s%s, not true or false", lua_isnil(L, -2) ? "" : "a ",
            luaL_typename(L, -2));
        return nonsense(vm, script, what);
    }
    int exact = 0;
    lua_Integer number = lua_tointegerx(L, -2, &exact);
    if (exact && number >= 0 && number < script->numbers)
        return read_text(vm, script, (int32_t)number);
    if (exact)
        snprintf(what, sizeof what, "%lld, which is no action (return DNSAction.None)", number);
    else if (lua_isnil(L, -2))
        snprintf(what, sizeof what, "nothing (return DNSAction.None)");
    else
        snprintf(what, sizeof what, "a %s, not an action (return DNSAction.None)",
            luaL_typename(L, -2));
    return nonsense(vm, script, what);
}

static int32_t run(clua_vm *vm, clua_plane_script *script) {
    lua_State *L = vm->main;
    int32_t refused = clua_plane_prepare(vm);
    if (refused != 0) return refused;
    int top = lua_gettop(L);
    lua_pushcfunction(L, clua_message_handler_raises);
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->function);
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->plane->subjects[script->subject]);
    int result = lua_pcall(L, 1, 2, top + 1);
    int32_t decision = result == LUA_OK ? interpret(vm, script)
                                        : clua_plane_decision_of(clua_fail(vm, result));
    clua_plane_restore_lists(vm, NULL);
    lua_settop(L, top);
    return decision;
}

int32_t clua_plane_call_script(clua_vm *vm, clua_plane_script *script) {
    script->text = NULL;
    script->text_length = 0;
    if (vm->plane == NULL || script->subject < 0 || script->subject >= CLUA_SUBJECTS_MAX
        || vm->plane->subjects[script->subject] == LUA_NOREF) {
        clua_fail_with(vm, CLUA_ERROR_INTERNAL, "no such part of a query in this VM");
        return CLUA_DECISION_INTERNAL;
    }
    int32_t refused = clua_plane_begin(vm, script->query, script->ticks);
    if (refused != 0) return refused;
    int32_t decision = run(vm, script);
    clua_plane_end(vm);
    return decision;
}
