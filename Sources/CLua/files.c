// SPDX-License-Identifier: Apache-2.0
//
// A file that is made of bytes: what io.open returns for reading, so that evaluation reads what the
// host recorded, and scripts still have all of Lua's file methods.

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

typedef struct {
    // First, because the io library takes the userdata for one of these.
    luaL_Stream stream;
    void *bytes;
    size_t length;
    int32_t wait_status;
} memory_file;

static int close_file_raises(lua_State *L) {
    memory_file *file = lua_touserdata(L, 1);
    int result = fclose(file->stream.f);
    clua_reallocate(clua_vm_of(L), file->bytes, file->length, 0);
    file->bytes = NULL;
    file->length = 0;
    if (file->wait_status >= 0) {
        // With errno set, luaL_execresult takes a status other than 0 for a failed call.
        errno = 0;
        return luaL_execresult(L, file->wait_status);
    }
    return luaL_fileresult(L, result == 0, NULL);
}

void clua_push_file_raises(
    lua_State *L, const uint8_t *bytes, size_t length, int32_t wait_status) {
    memory_file *file = lua_newuserdatauv(L, sizeof *file, 0);
    file->stream.closef = NULL;
    file->bytes = NULL;
    file->wait_status = wait_status;
    luaL_setmetatable(L, LUA_FILEHANDLE);
    file->length = 0;
    // fmemopen refuses an empty buffer on some systems. The copy counts for the memory cap.
    clua_vm *vm = clua_vm_of(L);
    void *copy = length == 0 ? NULL : clua_reallocate(vm, NULL, 0, length);
    if (length > 0 && copy == NULL) luaL_error(L, "not enough memory for a file's bytes");
    if (length > 0) memcpy(copy, bytes, length);
    file->stream.f = length == 0 ? fopen("/dev/null", "re") : fmemopen(copy, length, "r");
    if (file->stream.f == NULL) {
        clua_reallocate(vm, copy, length, 0);
        luaL_error(L, "cannot make a file of bytes");
    }
    file->bytes = copy;
    file->length = length;
    file->stream.closef = close_file_raises;
}
