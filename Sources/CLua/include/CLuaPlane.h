// SPDX-License-Identifier: Apache-2.0
//
// The part of CLua.h that balancing policies and rules' functions on the plane's threads need: what a
// query and its servers look like to a script, and how it is called. Included by CLua.h, whose rules
// hold here: nothing that is declared raises or yields.

#ifndef PHAROS_CLUA_PLANE_KIT_H
#define PHAROS_CLUA_PLANE_KIT_H

#include "CLua.h"

#ifdef __cplusplus
extern "C" {
#endif

// The kind whose objects are plane servers: in Lua a table, in bytes an object (plane.c).
enum { CLUA_KIND_PLANE_SERVER = 0xFFFF };

// MARK: Fields of servers and queries (plane_servers.c, plane_query.c, plane_fields.c)

enum {
    CLUA_SERVER_IS_UP = 0,
    CLUA_SERVER_OUTSTANDING = 1,
    CLUA_SERVER_LATENCY_MICROSECONDS = 2,
    CLUA_SERVER_UP_STATUS = 3,
    CLUA_SERVER_WEIGHT = 4,
    CLUA_SERVER_ORDER = 5,
    CLUA_SERVER_DROPS = 6,
    CLUA_SERVER_QUERIES = 7,
    // Written only: 0 auto, 1 up, 2 down, 3 auto and presumed up, 4 auto and presumed down.
    CLUA_SERVER_FORCED = 8,
    CLUA_SERVER_SCALED_SCORE = 9,
};

enum {
    CLUA_FIELD_UNKNOWN = 0,
    CLUA_FIELD_NIL = 1,
    CLUA_FIELD_BOOLEAN = 2,
    CLUA_FIELD_INTEGER = 3,
    CLUA_FIELD_NUMBER = 4,
    CLUA_FIELD_BYTES = 5,
    // `integer` is the subject: a part of the query that has fields of its own.
    CLUA_FIELD_SUBJECT = 6,
    // `integer` is the object's id, `kind` its kind (read only: an argument).
    CLUA_FIELD_OBJECT = 7,
    // `bytes` is a message to raise.
    CLUA_FIELD_RAISE = 8,
    // `bytes` is a name in wire form.
    CLUA_FIELD_NAME = 9,
    // As a result, `bytes` is a sockaddr_in or sockaddr_in6; as an argument it is `length` octets of
    // an address (4 or 16), and `integer` is its port.
    CLUA_FIELD_ADDRESS = 10,
    // An encoded list of one value: a table among the arguments, or a result left by clua_output.
    CLUA_FIELD_VALUE = 11,
    // The same, of EDNS options: a table of tables, each the values of one code.
    CLUA_FIELD_OPTIONS = 12,
};

// The ordinal of the server that a built-in policy returns when none was usable: all that is read of
// it is 0, false or "".
#define CLUA_NO_SERVER UINT32_MAX

enum { CLUA_FIELD_STORAGE_BYTES = 1100, CLUA_SUBJECTS_MAX = 16, CLUA_FIELD_ARGUMENTS_MAX = 4 };

typedef struct {
    int32_t type;
    uint32_t kind;
    uint32_t generation;
    int64_t integer;
    double number;
    const uint8_t *bytes;
    size_t length;
    // CLUA_FIELD_STORAGE_BYTES bytes that `bytes` may point into.
    uint8_t *storage;
    // Where clua_output leaves a result of type CLUA_FIELD_VALUE.
    clua_vm *vm;
} clua_field;

// One record of a message, for editTTLs.
typedef struct {
    // 1 answer, 2 authority, 3 additional.
    int32_t section;
    uint16_t class_number, type;
    uint32_t ttl;
    // Where the TTL is in the message.
    int64_t ttl_offset;
} clua_record;

// Leaf functions of the plane: they return at once and never enter Lua.
typedef struct {
    void *context;
    int64_t (*read_server)(void *context, uint32_t ordinal, int32_t field);
    void (*write_server)(void *context, uint32_t ordinal, int32_t field, int64_t value);
    int32_t (*select)(void *context, int32_t builtin, const uint32_t *ordinals, int32_t count,
        const void *query);
    uint64_t (*epoch)(void *context);
    // `result` is a clua_field, `arguments` are `count` of them: untyped here, because Swift
    // modules above fill this in and see no C type.
    void (*query_field)(void *context, const void *query, int32_t subject, const uint8_t *name,
        size_t name_length, void *result);
    void (*query_method)(void *context, const void *query, int32_t subject, int32_t method,
        const void *arguments, int32_t count, void *result);
    // Writes a field: `value` is a clua_field. CLUA_FIELD_NIL in `result` says that it was written.
    void (*query_set)(void *context, const void *query, int32_t subject, const uint8_t *name,
        size_t name_length, const void *value, void *result);
    // The first or the next record into a clua_record; false behind the last.
    bool (*next_record)(void *context, const void *query, bool is_first, void *record);
    void (*set_ttl)(void *context, const void *query, int64_t offset, uint32_t ttl);
    // Takes a line that a script logged; `file` is NULL when its place is not known.
    void (*log)(void *context, int32_t priority, const uint8_t *text, size_t length,
        const char *file, int32_t line);
} clua_plane_callbacks;

typedef struct {
    uint32_t ordinal;
    const char *name;
    const char *address;
    const char *identifier;
    // What its table shows until there are records.
    int64_t order;
    int64_t weight;
} clua_plane_server;

enum {
    CLUA_DECISION_NONE = -1,
    CLUA_DECISION_RUNTIME = -2,
    CLUA_DECISION_TIMEOUT = -3,
    CLUA_DECISION_MEMORY = -4,
    CLUA_DECISION_NONSENSE = -5,
    CLUA_DECISION_INTERNAL = -6,
};

clua_status clua_plane_set_up(clua_vm *vm, const clua_plane_callbacks *callbacks);
// Methods are numbered as listed; `fields` are known names, for suggestions.
clua_status clua_plane_define_subject(clua_vm *vm, int32_t subject, const char *name,
    const char *const *methods, int32_t count, const char *const *fields, int32_t field_count);
clua_status clua_plane_define_builtin(clua_vm *vm, int32_t builtin, const char *name);
// Defines the global `name`, which logs its first argument's text; at load time it does nothing.
clua_status clua_plane_define_log(clua_vm *vm, const char *name, int32_t priority);
clua_status clua_plane_add_server(clua_vm *vm, const clua_plane_server *server);
// Gives servers the method `name`: the global function `global`, which is taken away.
clua_status clua_plane_add_server_method(clua_vm *vm, const char *name, const char *global);
clua_status clua_plane_add_pool(clua_vm *vm, const char *name, const uint32_t *ordinals,
    int32_t count, int32_t *pool);
// The ordinal of the server that the policy chose, or a CLUA_DECISION_….
int32_t clua_plane_call(
    clua_vm *vm, int32_t function, int32_t pool, const void *query, int32_t ticks);

// What a script of rules is called for, and so what it must return: true or false; a number below
// `numbers`, and perhaps text.
enum { CLUA_SCRIPT_RULE = 0, CLUA_SCRIPT_ACTION = 1 };

typedef struct {
    int32_t function, kind;
    // The part of the query that it is given.
    int32_t subject;
    // An action's numbers are from 0 up to this.
    int32_t numbers;
    const void *query;
    int32_t ticks;
    // What it returned beside its number: valid until the next such call.
    const uint8_t *text;
    size_t text_length;
} clua_plane_script;

// 0 or 1 of a rule, an action's number, or a CLUA_DECISION_….
int32_t clua_plane_call_script(clua_vm *vm, clua_plane_script *script);

// Collects in proportion to what was allocated since the last step.
void clua_plane_collect_step(clua_vm *vm);

#ifdef __cplusplus
}
#endif

#endif
