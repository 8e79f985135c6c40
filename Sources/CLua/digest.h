// SPDX-License-Identifier: Apache-2.0
//
// What the parts of a function's digest share (digest.c says what it is).

#ifndef PHAROS_CLUA_DIGEST_H
#define PHAROS_CLUA_DIGEST_H

#include "vm.h"

#pragma GCC visibility push(hidden)

// A configuration's globals are a few hundred values; tables of block lists are told by what was read.
enum { DIGEST_VALUES_MAX = 32768 };

typedef struct {
    uint64_t hash;
    uint64_t known_kinds;
    int32_t function;
    int32_t values;
    bool is_unsure;
    // Stack indices: the baseline, objects to their numbers, numbers to objects.
    int baseline, numbers, objects;
    lua_Integer object_count;
} digest;

// FNV-1a: it tells scripts apart that an operator wrote, and need not withstand anybody.
static inline void digest_mix(digest *d, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++) d->hash = (d->hash ^ at[i]) * 0x100000001b3u;
}

static inline void digest_mix_tag(digest *d, char tag) { digest_mix(d, &tag, 1); }

static inline void digest_mix_text(digest *d, char tag, const char *text, size_t length) {
    digest_mix_tag(d, tag);
    digest_mix(d, &length, sizeof length);
    digest_mix(d, text, length);
}

// digest_dump.c: the instructions of the function at `index`, and of those in it.
void digest_mix_instructions(lua_State *L, digest *d, int index);

// digest_keys.c. A key of a table that has an order.
typedef struct {
    int type;
    lua_Integer integer;
    lua_Number number;
    const char *text;
    size_t length;
} digest_key;

void digest_push_key(lua_State *L, const digest_key *k);
// Pushes the keys of a table that can be sorted, sorted, as userdata: the order of a table's slots is
// another in each VM. `*all` is false when some were left out.
const digest_key *digest_push_keys_raises(lua_State *L, int index, size_t *found, bool *all);

// digest_baseline.c. Of the registry: functions and objects to their names.
extern const char digest_baseline_key;

#pragma GCC visibility pop

#endif
