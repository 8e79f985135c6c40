// SPDX-License-Identifier: Apache-2.0
//
// From a Lua error to a message, a file, a line and a traceback, all copied into fixed buffers of
// the VM: reading an error can itself raise, so it happens in a message handler or below lua_pcall.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

static void copy_text(char *into, size_t size, const char *from, size_t length) {
    if (length >= size) length = size - 1;
    memcpy(into, from, length);
    into[length] = 0;
}

void clua_clear_failure(clua_vm *vm) {
    vm->failure_captured = false;
    vm->failure.message[0] = vm->failure.file[0] = vm->failure.traceback[0] = 0;
    vm->failure.line = 0;
}

// Whether a frame is our own Lua text (EnvironmentPrelude.swift), which is never the place of an
// operator's mistake.
bool clua_is_prelude(const lua_Debug *ar) { return strcmp(ar->source, "@[pharos]") == 0; }

// As luaL_where(L, 1), seen through our own Lua text.
void clua_push_place_raises(lua_State *L) {
    lua_Debug ar;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (clua_is_prelude(&ar)) continue;
        if (ar.currentline <= 0) break;
        lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
        return;
    }
    lua_pushliteral(L, "");
}

static void set_place(clua_failure *failure, const lua_Debug *ar) {
    const char *source = ar->source;
    if (*source == '@' || *source == '=') {
        source += 1;
        copy_text(failure->file, sizeof failure->file, source, strlen(source));
    } else {
        copy_text(failure->file, sizeof failure->file, ar->short_src, strlen(ar->short_src));
    }
    failure->line = ar->currentline;
}

// A syntax error in a file has no frame: its place is only in the message, "PATH:LINE: …".
static bool take_place_of_text(clua_failure *failure) {
    const char *message = failure->message;
    for (const char *at = strchr(message, ':'); at != NULL; at = strchr(at + 1, ':')) {
        int line, used = 0;
        if (sscanf(at, ":%d: %n", &line, &used) != 1 || used == 0) continue;
        size_t length = (size_t)(at - message);
        if (length == 0 || strcspn(message, " '\n") < length) return false;
        copy_text(failure->file, sizeof failure->file, message, length);
        failure->line = line;
        memmove(failure->message, at + used, strlen(at + used) + 1);
        return true;
    }
    return false;
}

void clua_note_refusal(clua_vm *vm) {
    enum { LEVELS_SEARCHED = 32 };
    lua_Debug ar;
    vm->refusal_line = 0;
    if (vm->current == NULL) return;
    for (int i = 0; i < LEVELS_SEARCHED && lua_getstack(vm->current, i, &ar); i++) {
        lua_getinfo(vm->current, "Sl", &ar);
        if (ar.currentline <= 0 || clua_is_prelude(&ar)) continue;
        const char *source = *ar.source == '@' || *ar.source == '=' ? ar.source + 1 : ar.short_src;
        copy_text(vm->refusal_file, sizeof vm->refusal_file, source, strlen(source));
        vm->refusal_line = ar.currentline;
        return;
    }
}

// Finds the frame that the message's "FILE:LINE: " names (error's second argument may choose one
// further up), takes the prefix off, and remembers the place. A message without a prefix gets the
// innermost Lua frame.
static void locate(clua_failure *failure, lua_State *from, int level) {
    // As deep as C functions can call one another: a script's line is below all of them.
    enum { LEVELS_SEARCHED = 256, LEVELS_WITH_PREFIX = 24 };
    lua_Debug ar, innermost;
    bool found_any = false;
    for (int i = level; i < level + LEVELS_SEARCHED && lua_getstack(from, i, &ar); i++) {
        lua_getinfo(from, "Sl", &ar);
        if (ar.currentline <= 0 || clua_is_prelude(&ar)) continue;
        if (!found_any) innermost = ar;
        found_any = true;
        if (i >= level + LEVELS_WITH_PREFIX) break;
        char prefix[LUA_IDSIZE + 32];
        int length = snprintf(prefix, sizeof prefix, "%s:%d: ", ar.short_src, ar.currentline);
        if (strncmp(failure->message, prefix, (size_t)length) != 0) continue;
        set_place(failure, &ar);
        memmove(failure->message, failure->message + length,
            strlen(failure->message + length) + 1);
        return;
    }
    if (take_place_of_text(failure)) return;
    if (found_any) set_place(failure, &innermost);
}

// MARK: A table that was raised

typedef struct {
    char *text;
    size_t size, length;
    const char *separator;
} description;

// Adds `key = value`, the value being on top of the stack. What does not fit is cut.
static void describe_value(lua_State *L, description *d, const char *key) {
    if (d->length >= d->size) return;
    char value[80];
    switch (lua_type(L, -1)) {
    case LUA_TSTRING: snprintf(value, sizeof value, "'%s'", lua_tostring(L, -1)); break;
    case LUA_TBOOLEAN:
        snprintf(value, sizeof value, "%s", lua_toboolean(L, -1) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            snprintf(value, sizeof value, "%lld", (long long)lua_tointeger(L, -1));
        else snprintf(value, sizeof value, "%.14g", lua_tonumber(L, -1));
        break;
    default: snprintf(value, sizeof value, "a %s", luaL_typename(L, -1));
    }
    d->length += (size_t)snprintf(d->text + d->length, d->size - d->length, "%s%s%s%s",
        d->separator, key, *key == 0 ? "" : " = ", value);
    d->separator = ", ";
}

static int compare_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// "raised a table: {'gone', code = 3}": what somebody meant to say, its names in order.
static void describe_table_raises(lua_State *L, char *text, size_t size) {
    enum { FIELDS_MAX = 16 };
    const char *keys[FIELDS_MAX];
    int count = 0, table = lua_gettop(L);
    description d = {.text = text, .size = size, .separator = ""};
    d.length = (size_t)snprintf(text, size, "raised a table: {");
    for (lua_Integer i = 1; i <= FIELDS_MAX; i++) {
        if (lua_rawgeti(L, table, i) != LUA_TNIL) describe_value(L, &d, "");
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING && count < FIELDS_MAX)
            keys[count++] = lua_tostring(L, -2);
    }
    qsort(keys, (size_t)count, sizeof *keys, compare_text);
    for (int i = 0; i < count; i++) {
        lua_pushstring(L, keys[i]);
        lua_rawget(L, table);
        describe_value(L, &d, keys[i]);
        lua_pop(L, 1);
    }
    if (d.length < size) snprintf(text + d.length, size - d.length, "}");
}

// "raised 42, not a message": error was called with something that says nothing.
static void describe_other(lua_State *L, char *text, size_t size) {
    char value[80] = "";
    description d = {.text = value, .size = sizeof value, .separator = ""};
    if (lua_isnil(L, -1)) {
        snprintf(text, size, "raised nil: error was called without a message");
        return;
    }
    describe_value(L, &d, "");
    snprintf(text, size, "raised %s, not a message", value);
}

// The error value is on top of L; `from` is the coroutine whose frames are told.
void clua_capture_raises(lua_State *L, lua_State *from, int level) {
    clua_vm *vm = clua_vm_of(L);
    clua_failure *failure = &vm->failure;
    clua_clear_failure(vm);
    if (vm->expired) {
        snprintf(failure->message, sizeof failure->message,
            "the script used up its budget of %d ms", vm->budget_ticks);
    } else if (lua_type(L, -1) == LUA_TSTRING || luaL_getmetafield(L, -1, "__tostring")) {
        if (lua_type(L, -1) != LUA_TSTRING) lua_pop(L, 1);
        size_t length;
        const char *text = luaL_tolstring(L, -1, &length);
        copy_text(failure->message, sizeof failure->message, text, length);
        lua_pop(L, 1);
    } else if (lua_type(L, -1) == LUA_TTABLE) {
        describe_table_raises(L, failure->message, sizeof failure->message);
    } else {
        describe_other(L, failure->message, sizeof failure->message);
    }
    locate(failure, from, level);
    if (failure->message[0] == 0)
        snprintf(failure->message, sizeof failure->message, "raised an empty message");
    vm->failure_captured = true;
    luaL_traceback(L, from, NULL, level);
    size_t length;
    const char *traceback = lua_tolstring(L, -1, &length);
    copy_text(failure->traceback, sizeof failure->traceback, traceback, length);
    lua_pop(L, 1);
}

int clua_message_handler_raises(lua_State *L) {
    lua_settop(L, 1);
    clua_capture_raises(L, L, 1);
    return 1;
}

clua_status clua_fail_with(clua_vm *vm, clua_status status, const char *message) {
    clua_clear_failure(vm);
    copy_text(vm->failure.message, sizeof vm->failure.message, message, strlen(message));
    return status;
}

// Where memory was refused, when that has left no frame to ask.
static void take_place_of_refusal(clua_vm *vm) {
    if (vm->refusal_line <= 0) return;
    copy_text(
        vm->failure.file, sizeof vm->failure.file, vm->refusal_file, strlen(vm->refusal_file));
    vm->failure.line = vm->refusal_line;
}

// Classifies a failed call. The error value is on top of the main stack; it is not popped.
clua_status clua_fail(clua_vm *vm, int lua_status) {
    lua_State *L = vm->current;
    if (vm->expired) {
        if (!vm->failure_captured) {
            clua_fail_with(vm, CLUA_ERROR_TIMEOUT, "");
            snprintf(vm->failure.message, sizeof vm->failure.message,
                "the script used up its budget of %d ms", vm->budget_ticks);
            take_place_of_refusal(vm);
        }
        return CLUA_ERROR_TIMEOUT;
    }
    if (lua_status == LUA_ERRMEM) {
        clua_clear_failure(vm);
        snprintf(vm->failure.message, sizeof vm->failure.message,
            "not enough memory: the script may use %zu KiB (setScriptLimits{memory = …})",
            vm->memory_bytes_max / 1024);
        take_place_of_refusal(vm);
        return CLUA_ERROR_MEMORY;
    }
    if (!vm->failure_captured) {
        clua_clear_failure(vm);
        // lua_tolstring on a string neither converts nor allocates.
        size_t length = 0;
        const char *text = "unknown error";
        if (lua_type(L, -1) == LUA_TSTRING) text = lua_tolstring(L, -1, &length);
        if (length == 0) length = strlen(text);
        copy_text(vm->failure.message, sizeof vm->failure.message, text, length);
        if (lua_status == LUA_ERRSYNTAX) take_place_of_text(&vm->failure);
    }
    if (lua_status == LUA_ERRSYNTAX) return CLUA_ERROR_SYNTAX;
    // Our own buffers' refusals, and those of Lua that a script caught and raised again.
    static const char shortage[] = "not enough memory";
    bool short_of_memory = strncmp(vm->failure.message, shortage, sizeof shortage - 1) == 0;
    return short_of_memory ? CLUA_ERROR_MEMORY : CLUA_ERROR_RUNTIME;
}

clua_status clua_protect(clua_vm *vm, lua_CFunction body, void *argument) {
    lua_State *L = vm->current;
    clua_clear_failure(vm);
    if (!lua_checkstack(L, 8))
        return clua_fail_with(vm, CLUA_ERROR_MEMORY, "not enough memory for the script's stack");
    int top = lua_gettop(L);
    lua_pushcfunction(L, clua_message_handler_raises);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, argument);
    int result = lua_pcall(L, 1, 0, top + 1);
    clua_status status = result == LUA_OK ? CLUA_OK : clua_fail(vm, result);
    lua_settop(L, top);
    return status;
}

const char *clua_error_message(const clua_vm *vm) { return vm->failure.message; }
const char *clua_error_file(const clua_vm *vm) { return vm->failure.file; }
int32_t clua_error_line(const clua_vm *vm) { return vm->failure.line; }
const char *clua_error_traceback(const clua_vm *vm) { return vm->failure.traceback; }
