// SPDX-License-Identifier: Apache-2.0
//
// A VM: its allocator with an exact cap, its protected set-up, and its end.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

static _Thread_local int64_t allocations_until_failure = -1;

void clua_fail_allocations_after(int64_t count) { allocations_until_failure = count; }

static bool injected_failure(void) {
    if (allocations_until_failure < 0) return false;
    if (allocations_until_failure == 0) return true;
    allocations_until_failure -= 1;
    return false;
}

// Sizes are exact because Lua tells the old one. A shrink is never refused: Lua relies on it.
void *clua_reallocate(clua_vm *vm, void *pointer, size_t old_size, size_t new_size) {
    if (new_size == 0) {
        free(pointer);
        vm->memory_bytes -= old_size;
        return NULL;
    }
    if (new_size > old_size) {
        size_t more = new_size - old_size;
        if (vm->memory_bytes > vm->memory_bytes_max
            || more > vm->memory_bytes_max - vm->memory_bytes || injected_failure())
            return NULL;
    }
    void *moved = realloc(pointer, new_size);
    if (moved == NULL) {
        if (new_size > old_size) return NULL;
        moved = pointer;
    }
    vm->memory_bytes += new_size;
    vm->memory_bytes -= old_size;
    return moved;
}

static void *allocate(void *context, void *pointer, size_t old_size, size_t new_size) {
    // For a new block `old_size` is the type of what it will hold (manual, lua_Alloc).
    void *block = clua_reallocate(context, pointer, pointer == NULL ? 0 : old_size, new_size);
    if (block == NULL && new_size > 0) clua_note_refusal(context);
    return block;
}

bool clua_reserve(clua_vm *vm, clua_buffer *buffer, size_t more) {
    if (more <= buffer->capacity - buffer->length) return true;
    if (more > CLUA_CROSSING_BYTES_MAX - buffer->length) return false;
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    while (capacity - buffer->length < more) capacity *= 2;
    uint8_t *bytes = clua_reallocate(vm, buffer->bytes, buffer->capacity, capacity);
    if (bytes == NULL) return false;
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

bool clua_output(clua_vm *vm, const uint8_t *bytes, size_t length) {
    vm->output.length = 0;
    vm->output_is_file = false;
    if (!clua_reserve(vm, &vm->output, length)) return false;
    if (length > 0) memcpy(vm->output.bytes, bytes, length);
    vm->output.length = length;
    return true;
}

bool clua_output_file(
    clua_vm *vm, const uint8_t *bytes, size_t length, int32_t wait_status) {
    if (!clua_output(vm, bytes, length)) return false;
    vm->output_wait_status = wait_status;
    vm->output_is_file = true;
    return true;
}

const uint8_t *clua_input(const clua_vm *vm, size_t *length) {
    *length = vm->input.length;
    return vm->input.bytes;
}

const char *clua_caller(const clua_vm *vm, int32_t *line) {
    *line = vm->caller_line;
    return vm->caller_line > 0 ? vm->caller_file : NULL;
}

size_t clua_memory_bytes(const clua_vm *vm) { return vm->memory_bytes; }
void clua_set_memory_max(clua_vm *vm, size_t memory_bytes_max) {
    vm->memory_bytes_max = memory_bytes_max;
}

void clua_set_bounds(clua_vm *vm, int32_t pattern_steps_max, size_t text_bytes_max) {
    vm->pattern_steps_max = pattern_steps_max;
    vm->text_bytes_max = text_bytes_max;
}

void clua_set_phase(clua_vm *vm, clua_phase phase) { vm->phase = phase; }
void clua_collect(clua_vm *vm) { lua_gc(vm->main, LUA_GCCOLLECT); }

// Reached only if something raised outside a protected call, which is a bug of this target: the
// process cannot go on, but it can say why.
static int panic(lua_State *L) {
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "no message";
    fprintf(stderr, "pharos: internal: unprotected Lua error: %s\n", message);
    abort();
}

clua_vm *clua_create(size_t memory_bytes_max) {
    if (injected_failure()) return NULL;
    clua_vm *vm = calloc(1, sizeof *vm);
    if (vm == NULL) return NULL;
    vm->memory_bytes_max = memory_bytes_max;
    clua_set_bounds(vm, CLUA_PATTERN_STEPS, CLUA_TEXT_BYTES);
    for (int i = 0; i < CLUA_KINDS_MAX; i++) vm->kind_metatables[i] = LUA_NOREF;
    vm->main = lua_newstate(allocate, vm);
    if (vm->main == NULL) {
        free(vm);
        return NULL;
    }
    vm->current = vm->main;
    lua_atpanic(vm->main, panic);
    *(clua_vm **)lua_getextraspace(vm->main) = vm;
    return vm;
}

void clua_set_host(clua_vm *vm, void *context, clua_host host) {
    vm->context = context;
    vm->host = host;
}

static int set_up_raises(lua_State *L) {
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base}, {LUA_LOADLIBNAME, luaopen_package},
        {LUA_COLIBNAME, luaopen_coroutine}, {LUA_TABLIBNAME, luaopen_table},
        {LUA_IOLIBNAME, luaopen_io}, {LUA_OSLIBNAME, luaopen_os},
        {LUA_STRLIBNAME, luaopen_string}, {LUA_MATHLIBNAME, luaopen_math},
        {LUA_UTF8LIBNAME, luaopen_utf8}, {LUA_DBLIBNAME, luaopen_debug},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    clua_open_base_raises(L);
    clua_open_coroutine_raises(L);
    clua_open_table_raises(L);
    clua_open_string_raises(L);
    clua_open_patterns_raises(L);
    clua_open_debug_raises(L);
    clua_open_numbers_raises(L);
    clua_open_bit_raises(L);
    clua_open_values_raises(L);
    // Incremental: 5.4.4's generational mode has long pauses.
    lua_gc(L, LUA_GCINC, 0, 0, 0);
    return 0;
}

clua_status clua_set_up(clua_vm *vm) { return clua_protect(vm, set_up_raises, NULL); }

void clua_close(clua_vm *vm) {
    lua_sethook(vm->main, NULL, 0, 0);
    lua_close(vm->main);
    clua_tasks_close(vm);
    clua_plane_close(vm);
    clua_conventions_close(vm);
    clua_reallocate(vm, vm->input.bytes, vm->input.capacity, 0);
    clua_reallocate(vm, vm->output.bytes, vm->output.capacity, 0);
    free(vm);
}
