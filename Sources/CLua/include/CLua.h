// SPDX-License-Identifier: Apache-2.0
//
// All that Swift sees of Lua. Nothing declared here raises a Lua error or yields: every function
// either catches inside liblua (lua_pcall, lua_resume) or uses only calls that cannot raise. Lua's
// own headers stay in the .c files, so that Swift cannot call what may longjmp over its frames.
//
// Values cross as bytes (values.c tells the layout), so that no pointer into Lua's memory
// outlives the value it came from.

#ifndef PHAROS_CLUA_H
#define PHAROS_CLUA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clua_vm clua_vm;
typedef struct clua_task clua_task;

typedef enum {
    CLUA_OK = 0,
    CLUA_SUSPENDED = 1,
    CLUA_ERROR_SYNTAX = 2,
    CLUA_ERROR_RUNTIME = 3,
    CLUA_ERROR_MEMORY = 4,
    CLUA_ERROR_TIMEOUT = 5,
    CLUA_ERROR_INTERNAL = 6,
} clua_status;

typedef enum {
    CLUA_PHASE_LOAD = 0,
    CLUA_PHASE_CHECK = 1,
    CLUA_PHASE_RULE = 2,
    CLUA_PHASE_POLICY = 3,
    CLUA_PHASE_ACTION = 4,
    CLUA_PHASE_PLAN = 5,
} clua_phase;

typedef enum {
    CLUA_RETURNED = 0,
    CLUA_RAISED = 1,
    CLUA_SUSPEND = 2,
} clua_outcome;

// Tags of the byte encoding; values.c tells the layout.
enum {
    CLUA_TAG_NIL = 0,
    CLUA_TAG_FALSE = 1,
    CLUA_TAG_TRUE = 2,
    CLUA_TAG_INTEGER = 3,
    CLUA_TAG_NUMBER = 4,
    CLUA_TAG_STRING = 5,
    CLUA_TAG_TABLE = 6,
    CLUA_TAG_FUNCTION = 7,
    CLUA_TAG_OBJECT = 8,
    CLUA_TAG_NAME = 9,
    CLUA_TAG_ADDRESS = 10,
    CLUA_TAG_NETMASK = 11,
};

enum { CLUA_KINDS_MAX = 256 };

// A host function: reads `arguments` (an encoded list), leaves its results with clua_output, and
// returns. It must not raise, and has no Lua frame below it.
typedef int32_t (*clua_host)(
    void *context, int32_t function, const uint8_t *arguments, size_t length);

// MARK: A virtual machine (state.c)

clua_vm *clua_create(size_t memory_bytes_max);
void clua_set_host(clua_vm *vm, void *context, clua_host host);
clua_status clua_set_up(clua_vm *vm);
void clua_close(clua_vm *vm);
size_t clua_memory_bytes(const clua_vm *vm);
// Holds from the next allocation on; a cap below what is held refuses all growth.
void clua_set_memory_max(clua_vm *vm, size_t memory_bytes_max);
// Steps of one search, and octets of one text that is made after loading. The steps are a tenth of
// a second: real patterns over whole files take less, one that backtracks without end takes forever.
enum { CLUA_PATTERN_STEPS = 50000000, CLUA_TEXT_BYTES = 1024 * 1024 };
void clua_set_bounds(clua_vm *vm, int32_t pattern_steps_max, size_t text_bytes_max);
// Changes the budget of the call that is going on.
void clua_set_budget(clua_vm *vm, int32_t ticks);
void clua_set_phase(clua_vm *vm, clua_phase phase);
bool clua_output(clua_vm *vm, const uint8_t *bytes, size_t length);
const uint8_t *clua_input(const clua_vm *vm, size_t *length);
const char *clua_caller(const clua_vm *vm, int32_t *line);
void clua_collect(clua_vm *vm);

// The next `count` allocations of this thread succeed, all later ones fail; -1 ends it. For tests.
void clua_fail_allocations_after(int64_t count);

// The last failure: valid until the next call into the VM.
const char *clua_error_message(const clua_vm *vm);
const char *clua_error_file(const clua_vm *vm);
int32_t clua_error_line(const clua_vm *vm);
const char *clua_error_traceback(const clua_vm *vm);

// MARK: Functions and values (calls.c, define.c)

// A tick is a millisecond of this thread's CPU. Each entry begins a budget of its own, unless it is
// made below another entry of the same VM.
clua_status clua_load(
    clua_vm *vm, const uint8_t *source, size_t length, const char *chunk, int32_t *function);
clua_status clua_call(
    clua_vm *vm, int32_t function, const uint8_t *arguments, size_t length, int32_t ticks);
void clua_release(clua_vm *vm, int32_t function);
clua_status clua_location(clua_vm *vm, int32_t function, int32_t *line);
clua_status clua_get(clua_vm *vm, const char *path);
clua_status clua_set(clua_vm *vm, const char *path, const uint8_t *value, size_t length);
clua_status clua_define(clua_vm *vm, const char *path, int32_t function, bool suspends);

typedef struct {
    const char *name;
    int32_t function;
    bool suspends;
} clua_method;

typedef struct {
    uint16_t kind;
    const char *name;
    const clua_method *methods;
    size_t method_count;
    // Host functions, or -1: field read, field write, call, length, text.
    int32_t get, set, call, length, text;
} clua_kind;

clua_status clua_define_kind(clua_vm *vm, const clua_kind *kind);
bool clua_holds_object(clua_vm *vm, uint16_t kind, uint32_t id);

// MARK: What a function can do (digest.c)

// What is there now belongs to us: everything that comes later is the scripts'.
clua_status clua_note_baseline(clua_vm *vm);
// A number for a function and all that it refers to; `is_sure` is false when something could not be
// looked into, other than objects of `known_kinds` (a bit for each of the first 64).
clua_status clua_digest(
    clua_vm *vm, int32_t function, uint64_t known_kinds, uint64_t *hash, bool *is_sure);

// MARK: Coroutines (tasks.c)

clua_status clua_task_start(
    clua_vm *vm, int32_t function, const uint8_t *arguments, size_t length, clua_task **task);
// Resumes with a list of values, or, when `raises`, with an error whose message is `values`.
clua_status clua_task_resume(
    clua_task *task, const uint8_t *values, size_t length, bool raises, int32_t ticks);
void clua_task_end(clua_task *task);

// MARK: Files made of bytes (files.c)

// Answers with one read-only file of `bytes` instead of values. A command's file has the status
// that its close tells, in wait(2)'s form; -1 is none.
bool clua_output_file(
    clua_vm *vm, const uint8_t *bytes, size_t length, int32_t wait_status);

// MARK: The dialect of a file (conventions.c)

// Whether built-in policies that a file calls return an index into their list, as from dnsdist 2.1
// on, instead of a server.
bool clua_set_returns_index(clua_vm *vm, const char *file, bool returns_index);

#ifdef __cplusplus
}
#endif

#include "CLuaPlane.h"

#endif
