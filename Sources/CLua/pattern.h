// SPDX-License-Identifier: Apache-2.0
//
// The matcher behind string.find, match, gmatch and gsub.

#ifndef PHAROS_CLUA_PATTERN_H
#define PHAROS_CLUA_PATTERN_H

#include "vm.h"

// As many captures as Lua has.
enum { PATTERN_CAPTURES_MAX = 32 };
// How deep alternatives may nest on the C stack: Lua's own limit.
enum { PATTERN_DEPTH_MAX = 200 };
// Elementary steps between two looks at the budget.
enum { PATTERN_STEPS_BETWEEN_CHECKS = 1024 };

typedef struct {
    const char *start;
    // Or one of the two below.
    ptrdiff_t length;
} pattern_capture;

enum { PATTERN_CAPTURE_OPEN = -1, PATTERN_CAPTURE_POSITION = -2 };

typedef struct {
    lua_State *L;
    const char *text, *text_end, *pattern_end;
    int depth, steps, steps_max;
    int count;
    pattern_capture captures[PATTERN_CAPTURES_MAX];
} pattern_state;

// Begins a call: the steps count from here.
void pattern_begin(pattern_state *state, lua_State *L, const char *text, size_t text_length,
    const char *pattern, size_t pattern_length);
// Matches at exactly `at`; returns the end of the match or NULL.
const char *pattern_match_raises(pattern_state *state, const char *at, const char *pattern);
// Pushes capture `index` (from zero); the whole match where there is none and index is zero.
void pattern_push_capture_raises(
    pattern_state *state, int index, const char *start, const char *end);
// Pushes all captures, or the whole match when there is none and `start` is not NULL.
int pattern_push_captures_raises(pattern_state *state, const char *start, const char *end);
// True when nothing in the pattern is special.
bool pattern_is_plain(const char *pattern, size_t length);
const char *pattern_find_plain(
    const char *text, size_t length, const char *wanted, size_t wanted_length);

#endif
