// SPDX-License-Identifier: Apache-2.0
//
// What the .c files of this target share. A function named …_raises may longjmp, so it is only ever
// called from Lua or below lua_pcall, never with a Swift frame in between. Those that are used
// across files are hidden from the module by living here and not in CLua.h.

#ifndef PHAROS_CLUA_VM_H
#define PHAROS_CLUA_VM_H

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <signal.h>

#include "include/CLua.h"

#pragma GCC visibility push(hidden)

// How deep a table argument may nest, and how many values one crossing may copy. A configuration
// table nests three or four deep; block lists passed as one table have some hundred thousand names.
enum { CLUA_DEPTH_MAX = 32, CLUA_ELEMENTS_MAX = 1000000 };
// One crossing copies at most this much.
enum { CLUA_CROSSING_BYTES_MAX = 64 * 1024 * 1024 };
// Enough for a message an operator reads, a path, and luaL_traceback's twenty-one levels.
enum { CLUA_MESSAGE_BYTES = 2048, CLUA_PATH_BYTES = 1024, CLUA_TRACEBACK_BYTES = 4096 };

typedef struct {
    uint8_t *bytes;
    size_t length, capacity;
} clua_buffer;

typedef struct {
    char message[CLUA_MESSAGE_BYTES];
    char file[CLUA_PATH_BYTES];
    char traceback[CLUA_TRACEBACK_BYTES];
    int32_t line;
} clua_failure;

// Objects whose value is in Lua's memory (valueobjects.h).
typedef enum {
    CLUA_VALUE_NAME = 0,
    CLUA_VALUE_ADDRESS = 1,
    CLUA_VALUE_NETMASK = 2,
    CLUA_VALUE_TYPES = 3,
} clua_value_type;

typedef struct {
    // 4 or 6.
    uint8_t family;
    uint16_t port;
    // In network order; an IPv4 address has the first four, the others are zero.
    uint8_t octets[16];
} clua_address;

typedef struct {
    // As it was written: bits beyond the mask may be set.
    clua_address network;
    uint8_t bits;
} clua_netmask;

struct clua_plane;
struct clua_thread;

struct clua_vm {
    lua_State *main;
    // The coroutine that runs now: what the tick handler arms. Read by a signal handler.
    lua_State *volatile current;
    // Set by the tick handler once the budget seems used up: a short grace of instructions begins.
    volatile sig_atomic_t late;
    // Set when the grace is over; stays until the host clears it, or a script's pcall loop would
    // swallow it.
    volatile sig_atomic_t expired;
    // Counts entries; the handler remembers the one it saw and the thread's CPU time then.
    volatile uint32_t entry;
    uint32_t seen_entry;
    int64_t seen_nanoseconds;
    int32_t budget_ticks;
    int32_t depth;
    struct clua_vm *outer;
    struct clua_thread *thread;

    size_t memory_bytes, memory_bytes_max;
    // Of one search, and of a text that is made after loading.
    int32_t pattern_steps_max;
    size_t text_bytes_max;
    // Where the last allocation was refused: no frame is left when that is told.
    char refusal_file[CLUA_PATH_BYTES];
    int32_t refusal_line;
    void *context;
    clua_host host;
    clua_phase phase;

    // The coroutine of the task that runs, and why it last gave up the processor.
    lua_State *task_root;
    bool suspended_by_host, resume_raises;

    clua_buffer input, output;
    bool output_is_file;
    int32_t output_wait_status;
    clua_failure failure;
    bool failure_captured;
    char caller_file[CLUA_PATH_BYTES];
    int32_t caller_line;
    int32_t kind_metatables[CLUA_KINDS_MAX];
    // Files whose calls of built-in policies return indices; each a C string of its own.
    char **index_files;
    int32_t index_file_count;
    int32_t value_metatables[CLUA_VALUE_TYPES];
    const void *value_identities[CLUA_VALUE_TYPES];
    // Resumes below which a coroutine's wait could not reach the host.
    int32_t unyieldable;
    clua_task *tasks;
    struct clua_plane *plane;
};

static inline clua_vm *clua_vm_of(lua_State *L) { return *(clua_vm **)lua_getextraspace(L); }

// state.c
void *clua_reallocate(clua_vm *vm, void *pointer, size_t old_size, size_t new_size);
bool clua_reserve(clua_vm *vm, clua_buffer *buffer, size_t more);

// values.c: both work on an encoded list, a 32-bit count followed by that many values.
void clua_encode_raises(lua_State *L, clua_buffer *into, int first, int last);
int clua_decode_raises(lua_State *L, const uint8_t *bytes, size_t length);

// objects.c
bool clua_object_at(lua_State *L, int index, uint16_t *kind, uint32_t *id, uint32_t *generation);
void clua_push_object_raises(lua_State *L, uint16_t kind, uint32_t id, uint32_t generation);

// valueobjects.c, dnsname.c, address.c, netmask.c: the readers return NULL for another value.
void clua_open_values_raises(lua_State *L);
const uint8_t *clua_name_at(lua_State *L, int index, size_t *length);
void clua_push_name_raises(lua_State *L, const uint8_t *wire, size_t length);
const clua_address *clua_address_at(lua_State *L, int index);
void clua_push_address_raises(lua_State *L, const clua_address *address);
// From a sockaddr_in or sockaddr_in6; false for another family.
bool clua_address_of_socket(const void *socket_address, clua_address *address);
const clua_netmask *clua_netmask_at(lua_State *L, int index);
void clua_push_netmask_raises(lua_State *L, const clua_netmask *mask);

// trampoline.c
void clua_push_host_raises(lua_State *L, int32_t function, const char *name, bool suspends,
    int32_t receiver_kind);
int clua_invoke_raises(lua_State *L, int32_t function);
// Leaves the place of the script that called where clua_caller finds it.
void clua_note_caller(lua_State *L, clua_vm *vm);

// failure.c
int clua_message_handler_raises(lua_State *L);
bool clua_is_prelude(const lua_Debug *ar);
void clua_push_place_raises(lua_State *L);
void clua_capture_raises(lua_State *L, lua_State *from, int level);
clua_status clua_fail(clua_vm *vm, int lua_status);
clua_status clua_fail_with(clua_vm *vm, clua_status status, const char *message);
void clua_clear_failure(clua_vm *vm);
// Remembers the script's line that runs; allocates nothing and raises nothing.
void clua_note_refusal(clua_vm *vm);
// Runs `body` with `argument` as its light userdata, protected; leaves the stack as it was.
clua_status clua_protect(clua_vm *vm, lua_CFunction body, void *argument);

// budget.c
bool clua_enter(clua_vm *vm, int32_t ticks);
void clua_leave(clua_vm *vm);
void clua_rearm(clua_vm *vm);
void clua_check_expired_raises(lua_State *L);

// tasks.c
void clua_tasks_close(clua_vm *vm);

// The replaced parts of Lua's own library, one file each.
void clua_open_base_raises(lua_State *L);
void clua_open_coroutine_raises(lua_State *L);
void clua_open_table_raises(lua_State *L);
void clua_open_string_raises(lua_State *L);
void clua_open_patterns_raises(lua_State *L);
void clua_open_debug_raises(lua_State *L);
void clua_open_numbers_raises(lua_State *L);
void clua_open_bit_raises(lua_State *L);

// files.c
void clua_push_file_raises(
    lua_State *L, const uint8_t *bytes, size_t length, int32_t wait_status);

// numbers.c: an integer argument, a fraction cut off as Lua 5.1 does.
lua_Integer clua_integer_raises(lua_State *L, int argument);
lua_Integer clua_optional_integer_raises(lua_State *L, int argument, lua_Integer otherwise);

// names.c
const char *clua_nearest_name_raises(lua_State *L, int table, const char *name);

// conventions.c
//
// Reads `-- pharos: dnsdist-2.1` among the comments that a file begins with.
void clua_read_pragma(clua_vm *vm, const char *chunk, const char *source, size_t length);
// Whether the script that called the running C function is in a file that wants indices.
bool clua_caller_wants_index(lua_State *L);
void clua_conventions_close(clua_vm *vm);

// values.c: the same, and refuses functions, which nobody would release.
void clua_encode_plain_raises(lua_State *L, clua_buffer *into, int index);

// plane.c, plane_servers.c
void clua_plane_close(clua_vm *vm);
void clua_push_plane_server_raises(lua_State *L, uint32_t ordinal);
bool clua_plane_server_at(lua_State *L, int index, uint32_t *ordinal);

#pragma GCC visibility pop

#endif
