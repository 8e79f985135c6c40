// SPDX-License-Identifier: Apache-2.0
//
// Up to its 2.0, dnsdist's built-in policies return a server when a script calls them; from 2.1 on an
// index into the list they were given. A file says which it was written for: `policyReturns("index")`
// or a comment among its first lines, `-- pharos: dnsdist-2.1`. It holds for calls in that file only,
// so that a configuration may use scripts of both kinds.

#include <stdio.h>
#include <string.h>

#include "vm.h"

static int32_t find(const clua_vm *vm, const char *file) {
    for (int32_t i = 0; i < vm->index_file_count; i++)
        if (strcmp(vm->index_files[i], file) == 0) return i;
    return -1;
}

static void drop(clua_vm *vm, int32_t at) {
    clua_reallocate(vm, vm->index_files[at], strlen(vm->index_files[at]) + 1, 0);
}

static bool add(clua_vm *vm, const char *file) {
    size_t size = sizeof *vm->index_files, length = strlen(file) + 1;
    char *copy = clua_reallocate(vm, NULL, 0, length);
    if (copy == NULL) return false;
    char **files = clua_reallocate(vm, vm->index_files, (size_t)vm->index_file_count * size,
        (size_t)(vm->index_file_count + 1) * size);
    if (files == NULL) {
        clua_reallocate(vm, copy, length, 0);
        return false;
    }
    memcpy(copy, file, length);
    files[vm->index_file_count] = copy;
    vm->index_files = files;
    vm->index_file_count += 1;
    return true;
}

bool clua_set_returns_index(clua_vm *vm, const char *file, bool returns_index) {
    int32_t at = find(vm, file);
    if (returns_index) return at >= 0 || add(vm, file);
    if (at < 0) return true;
    size_t size = sizeof *vm->index_files;
    drop(vm, at);
    vm->index_files[at] = vm->index_files[vm->index_file_count - 1];
    vm->index_files = clua_reallocate(vm, vm->index_files, (size_t)vm->index_file_count * size,
        (size_t)(vm->index_file_count - 1) * size);
    vm->index_file_count -= 1;
    return true;
}

void clua_conventions_close(clua_vm *vm) {
    for (int32_t i = 0; i < vm->index_file_count; i++) drop(vm, i);
    clua_reallocate(
        vm, vm->index_files, (size_t)vm->index_file_count * sizeof *vm->index_files, 0);
    vm->index_files = NULL;
    vm->index_file_count = 0;
}

// `line` is a comment without its dashes. True for dnsdist 2.1 and later.
static bool names_index_version(const char *line, size_t length) {
    static const char word[] = "pharos:", product[] = "dnsdist-";
    char copy[64];
    int major = 0, minor = 0;
    if (length >= sizeof copy) length = sizeof copy - 1;
    memcpy(copy, line, length);
    copy[length] = 0;
    const char *at = copy + strspn(copy, " \t");
    if (strncmp(at, word, sizeof word - 1) != 0) return false;
    at += sizeof word - 1;
    at += strspn(at, " \t");
    if (strncmp(at, product, sizeof product - 1) != 0) return false;
    if (sscanf(at + sizeof product - 1, "%d.%d", &major, &minor) < 1) return false;
    return major > 2 || (major == 2 && minor >= 1);
}

void clua_read_pragma(clua_vm *vm, const char *chunk, const char *source, size_t length) {
    const char *end = source + length;
    if (*chunk == '@' || *chunk == '=') chunk += 1;
    while (source < end) {
        const char *line_end = memchr(source, '\n', (size_t)(end - source));
        if (line_end == NULL) line_end = end;
        while (source < line_end && strchr(" \t\r", *source) != NULL) source += 1;
        if (source < line_end) {
            if (line_end - source < 2 || source[0] != '-' || source[1] != '-') return;
            if (names_index_version(source + 2, (size_t)(line_end - source - 2))) {
                clua_set_returns_index(vm, chunk, true);
                return;
            }
        }
        source = line_end + 1;
    }
}

bool clua_caller_wants_index(lua_State *L) {
    enum { LEVELS_SEARCHED = 8 };
    clua_vm *vm = clua_vm_of(L);
    lua_Debug ar;
    if (vm->index_file_count == 0) return false;
    for (int level = 1; level < LEVELS_SEARCHED && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (*ar.what == 'C' || clua_is_prelude(&ar)) continue;
        const char *source = ar.source;
        if (*source == '@' || *source == '=') source += 1;
        return find(vm, source) >= 0;
    }
    return false;
}
