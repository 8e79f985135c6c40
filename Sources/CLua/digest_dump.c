// SPDX-License-Identifier: Apache-2.0
//
// A function's instructions, from its dump. A stripped dump still has the lines where each function
// begins and ends; they are left out. Reads Lua 5.4's format (ldump.c), as far as a stripped dump goes.

#include <string.h>

#include "digest.h"

enum { DIGEST_PROTOTYPES_MAX = 200 };

typedef struct {
    const uint8_t *at, *end;
    int depth;
    bool is_broken;
} dump;

static void skip(dump *r, digest *d, size_t length, bool counts) {
    if (r->is_broken || length > (size_t)(r->end - r->at)) {
        r->is_broken = true;
        return;
    }
    if (counts) digest_mix(d, r->at, length);
    r->at += length;
}

// Seven bits an octet, the last one marked.
static size_t read_size(dump *r, digest *d, bool counts) {
    size_t value = 0;
    for (;;) {
        if (r->is_broken || r->at >= r->end || value >> 56 != 0) {
            r->is_broken = true;
            return 0;
        }
        uint8_t octet = *r->at;
        skip(r, d, 1, counts);
        value = value << 7 | (octet & 0x7f);
        if (octet & 0x80) return value;
    }
}

static void read_text(dump *r, digest *d) {
    size_t size = read_size(r, d, true);
    if (size > 1) skip(r, d, size - 1, true);
}

static void read_constant(dump *r, digest *d) {
    if (r->at >= r->end) {
        r->is_broken = true;
        return;
    }
    uint8_t type = *r->at;
    skip(r, d, 1, true);
    // Variants of numbers and strings as ltm.h numbers them: 3, 19 and 4, 20.
    if ((type & 0x0f) == LUA_TNUMBER) skip(r, d, 8, true);
    else if ((type & 0x0f) == LUA_TSTRING) read_text(r, d);
    else if ((type & 0x0f) > LUA_TBOOLEAN) r->is_broken = true;
}

static void read_function(dump *r, digest *d) {
    if (++r->depth > DIGEST_PROTOTYPES_MAX) r->is_broken = true;
    read_text(r, d);
    read_size(r, d, false);
    read_size(r, d, false);
    skip(r, d, 3, true);
    size_t count = read_size(r, d, true);
    skip(r, d, count * sizeof(uint32_t), true);
    for (count = read_size(r, d, true); count > 0 && !r->is_broken; count--) read_constant(r, d);
    count = read_size(r, d, true);
    // Where the outermost one found its upvalues when it was made is no part of what it does.
    skip(r, d, count * 3, r->depth > 1);
    for (count = read_size(r, d, true); count > 0 && !r->is_broken; count--) read_function(r, d);
    // Stripped: no lines, absolute lines, variables or names.
    for (int i = 0; i < 4; i++) {
        if (read_size(r, d, true) != 0) r->is_broken = true;
    }
    r->depth -= 1;
}

typedef struct {
    clua_vm *vm;
    clua_buffer bytes;
} dump_buffer;

static int append(lua_State *L, const void *bytes, size_t length, void *context) {
    (void)L;
    dump_buffer *buffer = context;
    if (!clua_reserve(buffer->vm, &buffer->bytes, length)) return 1;
    memcpy(buffer->bytes.bytes + buffer->bytes.length, bytes, length);
    buffer->bytes.length += length;
    return 0;
}

// Signature, version, format, check octets, three sizes, a number of each kind, upvalues.
enum { DUMP_HEADER_BYTES = 4 + 1 + 1 + 6 + 3 + 8 + 8 + 1 };

void digest_mix_instructions(lua_State *L, digest *d, int index) {
    dump_buffer buffer = {.vm = clua_vm_of(L)};
    lua_pushvalue(L, index);
    bool is_dumped = lua_dump(L, append, &buffer, 1) == 0;
    lua_pop(L, 1);
    dump reader = {.at = buffer.bytes.bytes, .end = buffer.bytes.bytes + buffer.bytes.length};
    if (is_dumped) {
        skip(&reader, d, DUMP_HEADER_BYTES, true);
        read_function(&reader, d);
    }
    if (!is_dumped || reader.is_broken || reader.at != reader.end) d->is_unsure = true;
    clua_reallocate(buffer.vm, buffer.bytes.bytes, buffer.bytes.capacity, 0);
}
