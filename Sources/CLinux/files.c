// SPDX-License-Identifier: Apache-2.0
//
// struct stat is spelt by several of the modules that Swift imports, and which of them it belongs to
// changes with the order of a target's files: here it belongs to C.

#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <sys/stat.h>

static int identify(int failed, const struct stat *status, clinux_file_identity *identity) {
    if (failed) return -errno;
    identity->device = status->st_dev;
    identity->inode = status->st_ino;
    return 0;
}

int clinux_identity_of_path(const char *path, clinux_file_identity *identity) {
    struct stat status;
    int failed = stat(path, &status);
    return identify(failed, &status, identity);
}

int clinux_identity_of_descriptor(int descriptor, clinux_file_identity *identity) {
    struct stat status;
    int failed = fstat(descriptor, &status);
    return identify(failed, &status, identity);
}
