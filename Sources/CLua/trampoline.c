// SPDX-License-Identifier: Apache-2.0
//
// Lua calls Swift: copy the arguments to bytes, let Swift run and return, and only then push,
// raise or yield, when no Swift frame is left between the longjmp and its setjmp.

#include <stdio.h>
#include <string.h>

#include "vm.h"

void clua_note_caller(lua_State *L, clua_vm *vm) {
    lua_Debug ar;
    vm->caller_line = 0;
    for (int level = 1; level < 8 && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0 || clua_is_prelude(&ar)) continue;
        const char *source = ar.source;
        if (*source == '@' || *source == '=') source += 1;
        else source = ar.short_src;
        snprintf(vm->caller_file, sizeof vm->caller_file, "%s", source);
        vm->caller_line = ar.currentline;
        return;
    }
}

static int push_results_raises(lua_State *L, clua_vm *vm) {
    if (vm->output_is_file) {
        vm->output_is_file = false;
        clua_push_file_raises(L, vm->output.bytes, vm->output.length, vm->output_wait_status);
        return 1;
    }
    return clua_decode_raises(L, vm->output.bytes, vm->output.length);
}

static int raise_output_raises(lua_State *L, const uint8_t *bytes, size_t length) {
    // The host found no room for its own message.
    if (length == 0) return luaL_error(L, "not enough memory for the results");
    clua_push_place_raises(L);
    lua_pushlstring(L, (const char *)bytes, length);
    lua_concat(L, 2);
    return lua_error(L);
}

// The host resumed the coroutine: what it passed is on the stack.
static int resumed_raises(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    clua_vm *vm = clua_vm_of(L);
    if (!vm->resume_raises) return lua_gettop(L);
    vm->resume_raises = false;
    clua_push_place_raises(L);
    lua_insert(L, -2);
    lua_concat(L, 2);
    return lua_error(L);
}

// The arguments are the whole stack; the results replace them.
int clua_invoke_raises(lua_State *L, int32_t function) {
    clua_vm *vm = clua_vm_of(L);
    clua_encode_raises(L, &vm->input, 1, lua_gettop(L));
    clua_note_caller(L, vm);
    vm->output.length = 0;
    vm->output_is_file = false;
    lua_State *current = vm->current;
    int32_t outcome = vm->host(vm->context, function, vm->input.bytes, vm->input.length);
    vm->current = current;
    lua_settop(L, 0);
    switch (outcome) {
    case CLUA_RETURNED: return push_results_raises(L, vm);
    case CLUA_RAISED: return raise_output_raises(L, vm->output.bytes, vm->output.length);
    case CLUA_SUSPEND:
        vm->suspended_by_host = true;
        return lua_yieldk(L, 0, 0, resumed_raises);
    default: return luaL_error(L, "internal: a host function ended with %d", (int)outcome);
    }
}

static void check_may_suspend_raises(lua_State *L, const char *name) {
    clua_vm *vm = clua_vm_of(L);
    switch (vm->phase) {
    case CLUA_PHASE_CHECK: break;
    case CLUA_PHASE_LOAD:
        luaL_error(L, "%s waits for an answer: call it inside a check's run function", name);
        break;
    case CLUA_PHASE_RULE: luaL_error(L, "%s is not available in an announce rule", name); break;
    case CLUA_PHASE_POLICY:
        luaL_error(L, "%s is not available in a balancing policy", name);
        break;
    case CLUA_PHASE_ACTION:
        luaL_error(L, "%s waits for an answer: only a check's run function may", name);
        break;
    case CLUA_PHASE_PLAN:
        luaL_error(L, "%s is not available in a policy's plan", name);
        break;
    }
    if (vm->task_root == NULL)
        luaL_error(L, "%s waits for an answer: call it inside a check's run function", name);
    if (!lua_isyieldable(L) || vm->unyieldable > 0)
        luaL_error(L, "%s cannot wait inside a sort or gsub function, an iterator or a metamethod",
            name);
}

// Upvalues: 1 host function, 2 name, 3 whether it suspends, 4 the kind of its receiver or -1.
static int trampoline_raises(lua_State *L) {
    int32_t function = (int32_t)lua_tointeger(L, lua_upvalueindex(1));
    int32_t receiver = (int32_t)lua_tointeger(L, lua_upvalueindex(4));
    if (lua_toboolean(L, lua_upvalueindex(3)))
        check_may_suspend_raises(L, lua_tostring(L, lua_upvalueindex(2)));
    if (receiver >= 0) {
        uint16_t kind;
        uint32_t id, generation;
        if (!clua_object_at(L, 1, &kind, &id, &generation) || kind != receiver)
            luaL_error(L, "%s must be called on its object, with a colon (object:method())",
                lua_tostring(L, lua_upvalueindex(2)));
    }
    return clua_invoke_raises(L, function);
}

void clua_push_host_raises(
    lua_State *L, int32_t function, const char *name, bool suspends, int32_t receiver_kind) {
    lua_pushinteger(L, function);
    lua_pushstring(L, name);
    lua_pushboolean(L, suspends);
    lua_pushinteger(L, receiver_kind);
    lua_pushcclosure(L, trampoline_raises, 4);
}
