// SPDX-License-Identifier: Apache-2.0
//
// A task is a function that runs as a coroutine: a host function may suspend it, and the host
// resumes it later with values or with an error that is raised where the script called. The
// coroutine is anchored in the registry, or it would be collected while its answer is under way.

#include <stdlib.h>

#include "vm.h"

struct clua_task {
    clua_vm *vm;
    lua_State *coroutine;
    int32_t anchor;
    int32_t argument_count;
    bool begun, running, end_wanted;
    clua_task *previous, *next;
};

typedef struct {
    clua_task *task;
    int32_t function;
    const uint8_t *bytes;
    size_t length;
    int32_t count;
} request;

static int start_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    lua_State *coroutine = lua_newthread(L);
    lua_pushvalue(L, -1);
    r->task->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->function);
    int count = clua_decode_raises(L, r->bytes, r->length);
    if (!lua_checkstack(coroutine, count + 8)) luaL_error(L, "too many arguments");
    lua_xmove(L, coroutine, count + 1);
    r->task->coroutine = coroutine;
    r->task->argument_count = count;
    return 0;
}

clua_status clua_task_start(
    clua_vm *vm, int32_t function, const uint8_t *arguments, size_t length, clua_task **task) {
    *task = NULL;
    clua_task *made = clua_reallocate(vm, NULL, 0, sizeof *made);
    if (made == NULL)
        return clua_fail_with(vm, CLUA_ERROR_MEMORY, "not enough memory to start a task");
    *made = (clua_task){.vm = vm, .anchor = LUA_NOREF, .next = vm->tasks};
    if (vm->tasks != NULL) vm->tasks->previous = made;
    vm->tasks = made;
    request r = {.task = made, .function = function, .bytes = arguments, .length = length};
    clua_status status = clua_protect(vm, start_raises, &r);
    if (status != CLUA_OK) {
        clua_task_end(made);
        return status;
    }
    *task = made;
    return CLUA_OK;
}

static int push_values_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    int count = clua_decode_raises(L, r->bytes, r->length);
    if (!lua_checkstack(r->task->coroutine, count + 8)) luaL_error(L, "too many values");
    lua_xmove(L, r->task->coroutine, count);
    r->count = count;
    return 0;
}

static int push_message_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    if (!lua_checkstack(r->task->coroutine, 8)) luaL_error(L, "stack overflow");
    lua_pushlstring(L, (const char *)r->bytes, r->length);
    lua_xmove(L, r->task->coroutine, 1);
    r->count = 1;
    return 0;
}

static int take_results_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    lua_settop(L, 0);
    luaL_checkstack(L, r->count + 4, "too many results");
    lua_xmove(r->task->coroutine, L, r->count);
    clua_encode_raises(L, &clua_vm_of(L)->input, 1, r->count);
    return 0;
}

static int take_error_raises(lua_State *L) {
    request *r = lua_touserdata(L, 1);
    lua_pushvalue(r->task->coroutine, -1);
    lua_xmove(r->task->coroutine, L, 1);
    clua_capture_raises(L, r->task->coroutine, 0);
    return 0;
}

static clua_status finish(clua_task *task, int lua_status, int count) {
    clua_vm *vm = task->vm;
    request r = {.task = task, .count = count};
    if (lua_status == LUA_YIELD) return CLUA_SUSPENDED;
    if (lua_status == LUA_OK) return clua_protect(vm, take_results_raises, &r);
    clua_clear_failure(vm);
    if (lua_status == LUA_ERRMEM && !vm->expired) return clua_fail(vm, lua_status);
    // With no memory for a traceback the message alone has to do.
    clua_status captured = clua_protect(vm, take_error_raises, &r);
    if (captured == CLUA_ERROR_MEMORY && !vm->expired) return captured;
    return clua_fail(vm, LUA_ERRRUN);
}

clua_status clua_task_resume(
    clua_task *task, const uint8_t *values, size_t length, bool raises, int32_t ticks) {
    clua_vm *vm = task->vm;
    if (!clua_enter(vm, ticks))
        return clua_fail_with(vm, CLUA_ERROR_INTERNAL, "cannot create a timer for scripts");
    request r = {.task = task, .bytes = values, .length = length};
    clua_status status = CLUA_OK;
    if (!task->begun) r.count = task->argument_count;
    else status = clua_protect(vm, raises ? push_message_raises : push_values_raises, &r);
    if (status == CLUA_OK) {
        lua_State *outer = vm->current, *outer_root = vm->task_root;
        int count = 0;
        vm->resume_raises = task->begun && raises;
        vm->suspended_by_host = false;
        task->begun = task->running = true;
        vm->task_root = task->coroutine;
        vm->current = task->coroutine;
        int result = lua_resume(task->coroutine, outer, r.count, &count);
        vm->current = outer;
        vm->task_root = outer_root;
        task->running = false;
        status = finish(task, result, count);
    }
    clua_leave(vm);
    if (task->end_wanted) clua_task_end(task);
    return status;
}

// Ends a task in whatever state: variables that are to be closed are closed, within one tick of
// budget. Called from a host function of the task itself it waits until that returns.
void clua_task_end(clua_task *task) {
    clua_vm *vm = task->vm;
    if (task->running) {
        task->end_wanted = true;
        return;
    }
    if (task->coroutine != NULL && clua_enter(vm, 1)) {
        lua_State *outer = vm->current;
        vm->current = task->coroutine;
        lua_resetthread(task->coroutine);
        vm->current = outer;
        clua_leave(vm);
    }
    luaL_unref(vm->main, LUA_REGISTRYINDEX, task->anchor);
    if (task->previous != NULL) task->previous->next = task->next;
    else vm->tasks = task->next;
    if (task->next != NULL) task->next->previous = task->previous;
    clua_reallocate(vm, task, sizeof *task, 0);
}

void clua_tasks_close(clua_vm *vm) {
    while (vm->tasks != NULL) {
        clua_task *task = vm->tasks;
        vm->tasks = task->next;
        clua_reallocate(vm, task, sizeof *task, 0);
    }
}
