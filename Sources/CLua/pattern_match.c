// SPDX-License-Identifier: Apache-2.0
//
// Lua's patterns (manual §6.4.1) as a backtracking matcher of our own, because Lua's cannot be
// interrupted: each step is counted and looks at the CPU budget now and then.

#define _GNU_SOURCE

#include <ctype.h>
#include <string.h>

#include "pattern.h"

void pattern_begin(pattern_state *s, lua_State *L, const char *text, size_t text_length,
    const char *pattern, size_t pattern_length) {
    s->L = L;
    s->text = text;
    s->text_end = text + text_length;
    s->pattern_end = pattern + pattern_length;
    s->steps = s->depth = s->count = 0;
    s->steps_max = clua_vm_of(L)->pattern_steps_max;
}

static void step_raises(pattern_state *s) {
    s->steps += 1;
    if (s->steps % PATTERN_STEPS_BETWEEN_CHECKS == 0) clua_check_expired_raises(s->L);
    if (s->steps > s->steps_max)
        luaL_error(s->L, "pattern takes too long (%d steps)", s->steps_max);
}

static bool in_class(int byte, int class) {
    bool is;
    switch (tolower(class)) {
    case 'a': is = isalpha(byte); break;
    case 'c': is = iscntrl(byte); break;
    case 'd': is = isdigit(byte); break;
    case 'g': is = isgraph(byte); break;
    case 'l': is = islower(byte); break;
    case 'p': is = ispunct(byte); break;
    case 's': is = isspace(byte); break;
    case 'u': is = isupper(byte); break;
    case 'w': is = isalnum(byte); break;
    case 'x': is = isxdigit(byte); break;
    default: return class == byte;
    }
    return isupper(class) ? !is : is;
}

// The end of the single-character item that begins at `p`.
static const char *item_end_raises(pattern_state *s, const char *p) {
    if (*p++ == '%') {
        if (p == s->pattern_end) luaL_error(s->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (p[-1] != '[') return p;
    if (p < s->pattern_end && *p == '^') p++;
    // A bracket that comes first is a member.
    do {
        if (p == s->pattern_end) luaL_error(s->L, "malformed pattern (missing ']')");
        if (*p++ == '%') {
            if (p == s->pattern_end) luaL_error(s->L, "malformed pattern (missing ']')");
            p++;
        }
    } while (p == s->pattern_end || *p != ']');
    return p + 1;
}

// `p` is at the '[' and `close` at its ']'.
static bool in_set(int byte, const char *p, const char *close) {
    bool inverted = p[1] == '^';
    if (inverted) p++;
    while (++p < close) {
        if (*p == '%') {
            p++;
            if (in_class(byte, (unsigned char)*p)) return !inverted;
        } else if (p + 2 < close && p[1] == '-') {
            if ((unsigned char)p[0] <= byte && byte <= (unsigned char)p[2]) return !inverted;
            p += 2;
        } else if ((unsigned char)*p == byte) {
            return !inverted;
        }
    }
    return inverted;
}

static bool item_matches(pattern_state *s, const char *at, const char *p, const char *end) {
    if (at >= s->text_end) return false;
    int byte = (unsigned char)*at;
    switch (*p) {
    case '.': return true;
    case '%': return in_class(byte, (unsigned char)p[1]);
    case '[': return in_set(byte, p, end - 1);
    default: return (unsigned char)*p == byte;
    }
}

static const char *match_repeated_raises(
    pattern_state *s, const char *at, const char *p, const char *end, size_t least) {
    size_t count = 0;
    while (item_matches(s, at + count, p, end)) {
        count++;
        step_raises(s);
    }
    while (true) {
        if (count < least) return NULL;
        const char *rest = pattern_match_raises(s, at + count, end + 1);
        if (rest != NULL) return rest;
        if (count == 0) return NULL;
        count--;
    }
}

static const char *match_fewest_raises(
    pattern_state *s, const char *at, const char *p, const char *end) {
    while (true) {
        const char *rest = pattern_match_raises(s, at, end + 1);
        if (rest != NULL) return rest;
        if (!item_matches(s, at, p, end)) return NULL;
        at++;
    }
}

static const char *match_balanced_raises(pattern_state *s, const char *at, const char *p) {
    if (s->pattern_end - p < 2)
        luaL_error(s->L, "malformed pattern (missing arguments to '%%b')");
    if (at >= s->text_end || *at != *p) return NULL;
    char open = p[0], close = p[1];
    int nested = 1;
    while (++at < s->text_end) {
        step_raises(s);
        if (*at == close) {
            if (--nested == 0) return at + 1;
        } else if (*at == open) {
            nested++;
        }
    }
    return NULL;
}

static const char *open_capture_raises(
    pattern_state *s, const char *at, const char *p, ptrdiff_t what) {
    if (s->count >= PATTERN_CAPTURES_MAX) luaL_error(s->L, "too many captures");
    s->captures[s->count] = (pattern_capture){.start = at, .length = what};
    s->count++;
    const char *rest = pattern_match_raises(s, at, p);
    if (rest == NULL) s->count--;
    return rest;
}

static const char *close_capture_raises(pattern_state *s, const char *at, const char *p) {
    int index = s->count - 1;
    while (index >= 0 && s->captures[index].length != PATTERN_CAPTURE_OPEN) index--;
    if (index < 0) luaL_error(s->L, "invalid pattern capture");
    s->captures[index].length = at - s->captures[index].start;
    const char *rest = pattern_match_raises(s, at, p);
    if (rest == NULL) s->captures[index].length = PATTERN_CAPTURE_OPEN;
    return rest;
}

static const char *match_back_reference_raises(pattern_state *s, const char *at, int digit) {
    int index = digit - '1';
    if (index < 0 || index >= s->count || s->captures[index].length == PATTERN_CAPTURE_OPEN)
        luaL_error(s->L, "invalid capture index %%%d", index + 1);
    ptrdiff_t length = s->captures[index].length;
    // A position capture has no text to repeat.
    if (length < 0 || s->text_end - at < length
        || memcmp(s->captures[index].start, at, (size_t)length) != 0)
        return NULL;
    return at + length;
}

static bool at_frontier_raises(
    pattern_state *s, const char *at, const char *p, const char **after) {
    if (p >= s->pattern_end || *p != '[')
        luaL_error(s->L, "missing '[' after '%%f' in pattern");
    *after = item_end_raises(s, p);
    int before = at == s->text ? 0 : (unsigned char)at[-1];
    int here = at == s->text_end ? 0 : (unsigned char)*at;
    return !in_set(before, p, *after - 1) && in_set(here, p, *after - 1);
}

// Items that begin with '%' and are more than a class. Returns false when this is none; otherwise
// `at` is where matching goes on, or NULL, and `p` what follows.
static bool match_special_raises(pattern_state *s, const char **at, const char **p) {
    if (*p + 1 >= s->pattern_end) return false;
    const char *after;
    switch ((*p)[1]) {
    case 'b':
        *at = match_balanced_raises(s, *at, *p + 2);
        *p += 4;
        return true;
    case 'f':
        if (!at_frontier_raises(s, *at, *p + 2, &after)) *at = NULL;
        *p = after;
        return true;
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        *at = match_back_reference_raises(s, *at, (*p)[1]);
        *p += 2;
        return true;
    default: return false;
    }
}

static const char *match_here_raises(pattern_state *s, const char *at, const char *p) {
    while (p < s->pattern_end) {
        step_raises(s);
        if (*p == '(') {
            bool position = p + 1 < s->pattern_end && p[1] == ')';
            return open_capture_raises(s, at, p + (position ? 2 : 1),
                position ? PATTERN_CAPTURE_POSITION : PATTERN_CAPTURE_OPEN);
        }
        if (*p == ')') return close_capture_raises(s, at, p + 1);
        if (*p == '$' && p + 1 == s->pattern_end) return at == s->text_end ? at : NULL;
        if (*p == '%' && match_special_raises(s, &at, &p)) {
            if (at == NULL) return NULL;
            continue;
        }
        const char *end = item_end_raises(s, p);
        char suffix = end < s->pattern_end ? *end : 0;
        if (suffix == '*') return match_repeated_raises(s, at, p, end, 0);
        if (suffix == '+') return match_repeated_raises(s, at, p, end, 1);
        if (suffix == '-') return match_fewest_raises(s, at, p, end);
        bool matches = item_matches(s, at, p, end);
        if (suffix == '?') {
            if (matches) {
                const char *rest = pattern_match_raises(s, at + 1, end + 1);
                if (rest != NULL) return rest;
            }
            p = end + 1;
            continue;
        }
        if (!matches) return NULL;
        at++;
        p = end;
    }
    return at;
}

const char *pattern_match_raises(pattern_state *s, const char *at, const char *p) {
    if (++s->depth > PATTERN_DEPTH_MAX) luaL_error(s->L, "pattern too complex");
    step_raises(s);
    const char *end = match_here_raises(s, at, p);
    s->depth--;
    return end;
}

void pattern_push_capture_raises(
    pattern_state *s, int index, const char *start, const char *end) {
    if (index >= s->count) {
        if (index != 0) luaL_error(s->L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(s->L, start, (size_t)(end - start));
        return;
    }
    pattern_capture *capture = &s->captures[index];
    if (capture->length == PATTERN_CAPTURE_OPEN) luaL_error(s->L, "unfinished capture");
    if (capture->length == PATTERN_CAPTURE_POSITION)
        lua_pushinteger(s->L, capture->start - s->text + 1);
    else
        lua_pushlstring(s->L, capture->start, (size_t)capture->length);
}

int pattern_push_captures_raises(pattern_state *s, const char *start, const char *end) {
    int count = s->count == 0 && start != NULL ? 1 : s->count;
    luaL_checkstack(s->L, count, "too many captures");
    for (int i = 0; i < count; i++) pattern_push_capture_raises(s, i, start, end);
    return count;
}

bool pattern_is_plain(const char *pattern, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (pattern[i] != 0 && strchr("^$*+?.([%-", pattern[i]) != NULL) return false;
    }
    return true;
}

const char *pattern_find_plain(
    const char *text, size_t length, const char *wanted, size_t wanted_length) {
    return wanted_length == 0 ? text : memmem(text, length, wanted, wanted_length);
}
