// SPDX-License-Identifier: Apache-2.0
//
// Names in wire form: parsed, printed and compared without Lua. DNSWire's DNSName does the same for
// Swift; here a policy asks, so nothing may cross into Swift or allocate.

#include <string.h>

#include "valueobjects.h"

enum { LABEL_BYTES_MAX = 63, LABELS_MAX = 127 };

static uint8_t fold(uint8_t octet) {
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What follows a backslash: three digits up to 255, or one octet that is no digit. Returns how many
// characters it took, or 0.
static size_t unescape(const char *text, size_t length, uint8_t *octet) {
    if (length == 0) return 0;
    if (!is_digit(text[0])) {
        *octet = (uint8_t)text[0];
        return 1;
    }
    if (length < 3 || !is_digit(text[1]) || !is_digit(text[2])) return 0;
    int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    if (value > 255) return 0;
    *octet = (uint8_t)value;
    return 3;
}

static size_t fail(const char **problem, const char *words) {
    *problem = words;
    return 0;
}

size_t clua_name_parse(
    const char *text, size_t length, uint8_t wire[CLUA_NAME_BYTES_MAX], const char **problem) {
    size_t used = 1, label = 0, i = 0;
    if (length == 1 && text[0] == '.') length = 0;
    while (i < length) {
        uint8_t octet = (uint8_t)text[i++];
        if (octet == '.') {
            if (used - label == 1) return fail(problem, "empty label");
            wire[label] = (uint8_t)(used - label - 1);
            label = used++;
            if (used > CLUA_NAME_BYTES_MAX) return fail(problem, "longer than 255 octets");
            continue;
        }
        if (octet == '\\') {
            size_t taken = unescape(text + i, length - i, &octet);
            if (taken == 0) return fail(problem, "bad escape, want \\X or \\DDD up to \\255");
            i += taken;
        }
        if (used - label > LABEL_BYTES_MAX) return fail(problem, "label longer than 63 octets");
        // The root's octet must fit as well.
        if (used >= CLUA_NAME_BYTES_MAX) return fail(problem, "longer than 255 octets");
        wire[used++] = octet;
    }
    // `wire[label]` is the length of a last label without its dot, or the root's.
    if (used - label == 1) {
        wire[label] = 0;
        return used;
    }
    if (used >= CLUA_NAME_BYTES_MAX) return fail(problem, "longer than 255 octets");
    wire[label] = (uint8_t)(used - label - 1);
    wire[used++] = 0;
    return used;
}

size_t clua_name_format(const uint8_t *wire, bool final_dot, char text[CLUA_NAME_TEXT_BYTES]) {
    size_t used = 0;
    if (*wire == 0) text[used++] = '.';
    while (*wire != 0) {
        const uint8_t *end = wire + 1 + *wire;
        for (const uint8_t *at = wire + 1; at < end; at++) {
            if (*at == '.' || *at == '\\') {
                text[used++] = '\\';
                text[used++] = (char)*at;
            } else if (*at > 0x20 && *at < 0x7f) {
                text[used++] = (char)*at;
            } else {
                text[used++] = '\\';
                text[used++] = (char)('0' + *at / 100);
                text[used++] = (char)('0' + *at / 10 % 10);
                text[used++] = (char)('0' + *at % 10);
            }
        }
        wire = end;
        if (*wire != 0 || final_dot) text[used++] = '.';
    }
    return used;
}

bool clua_name_is_valid(const uint8_t *wire, size_t length) {
    size_t at = 0;
    if (length > CLUA_NAME_BYTES_MAX) return false;
    while (at < length && wire[at] != 0) {
        if (wire[at] > LABEL_BYTES_MAX) return false;
        at += 1 + (size_t)wire[at];
    }
    return at + 1 == length;
}

int clua_name_count_labels(const uint8_t *wire) {
    int count = 0;
    for (; *wire != 0; wire += 1 + *wire) count += 1;
    return count;
}

void clua_name_fold(const uint8_t *wire, size_t length, uint8_t *folded) {
    // A length octet is at most 63, below 'A'.
    for (size_t i = 0; i < length; i++) folded[i] = fold(wire[i]);
}

int clua_name_offset_of(
    const uint8_t *wire, size_t length, const uint8_t *zone, size_t zone_length) {
    if (zone_length > length) return -1;
    size_t extra = length - zone_length, offset = 0;
    while (offset < extra) offset += 1 + (size_t)wire[offset];
    if (offset != extra) return -1;
    for (size_t i = 0; i < zone_length; i++)
        if (fold(wire[extra + i]) != fold(zone[i])) return -1;
    return (int)extra;
}

static int offsets_of(const uint8_t *wire, uint8_t offsets[LABELS_MAX]) {
    int count = 0;
    for (size_t at = 0; wire[at] != 0; at += 1 + (size_t)wire[at])
        offsets[count++] = (uint8_t)at;
    return count;
}

static int compare_labels(const uint8_t *left, const uint8_t *right) {
    for (int i = 1; i <= *left && i <= *right; i++) {
        int difference = fold(left[i]) - fold(right[i]);
        if (difference != 0) return difference;
    }
    return *left - *right;
}

int clua_name_compare(const uint8_t *left, const uint8_t *right) {
    uint8_t ours[LABELS_MAX], theirs[LABELS_MAX];
    int i = offsets_of(left, ours), j = offsets_of(right, theirs);
    while (i > 0 && j > 0) {
        int difference = compare_labels(left + ours[--i], right + theirs[--j]);
        if (difference != 0) return difference;
    }
    return i - j;
}
