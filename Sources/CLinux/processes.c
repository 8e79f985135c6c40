// SPDX-License-Identifier: Apache-2.0
//
// Children get descriptors 0 to 2 and nothing else: SwiftNIO (2.101) opens its sockets without
// SOCK_CLOEXEC, and a child that outlives a reload would hold listeners and BGP sessions open.

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char **environ;

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

static int start_shell(const char *command, posix_spawn_file_actions_t *actions) {
    char *arguments[] = {"sh", "-c", (char *)command, NULL};
    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int result = posix_spawnattr_init(&attributes);
    if (result != 0) return -result;
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    pid_t child = 0;
    result = posix_spawn(&child, "/bin/sh", actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    return result == 0 ? child : -result;
}

int clinux_shell_start(const char *command, int *output) {
    int ends[2] = {-1, -1};
    if (output != NULL && pipe2(ends, O_CLOEXEC) != 0) return -errno;
    posix_spawn_file_actions_t actions;
    int result = posix_spawn_file_actions_init(&actions);
    if (result == 0 && output != NULL) {
        result = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    }
    if (result == 0) result = clinux_spawn_close_from(&actions, STDERR_FILENO + 1);
    int child = result == 0 ? start_shell(command, &actions) : -result;
    posix_spawn_file_actions_destroy(&actions);
    if (output == NULL) return child;
    close(ends[1]);
    if (child < 0) close(ends[0]);
    *output = child < 0 ? -1 : ends[0];
    return child;
}
