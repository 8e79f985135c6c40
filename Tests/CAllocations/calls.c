// SPDX-License-Identifier: Apache-2.0
//
// The C library's system calls that a thread of the plane could make, counted and passed on. What reads
// the clock is not among them: it never enters the kernel (vdso(7)).

#define _GNU_SOURCE

#include "counts.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static void other(void) { counts_of_this_thread()->others++; }

// MARK: Standing still

static char held_name[16];
static atomic_bool holds;
static sem_t arrived, go;

static bool is_held(void) {
    char name[16] = "";
    if (!atomic_load(&holds)) return false;
    syscall(SYS_prctl, PR_GET_NAME, name, 0, 0, 0);
    return strcmp(name, held_name) == 0;
}

static bool await_arrival(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    return sem_timedwait(&arrived, &until) == 0;
}

bool callocations_hold(const char *name) {
    sem_init(&arrived, 0, 0);
    sem_init(&go, 0, 0);
    strncpy(held_name, name, sizeof held_name - 1);
    atomic_store(&holds, true);
    return await_arrival();
}

bool callocations_step(void) {
    sem_post(&go);
    return await_arrival();
}

void callocations_release(void) {
    atomic_store(&holds, false);
    sem_post(&go);
}

int epoll_wait(int poll, struct epoll_event *events, int count, int timeout) {
    counts_of_this_thread()->waits++;
    if (is_held()) {
        sem_post(&arrived);
        while (sem_wait(&go) != 0) {}
    }
    return (int)syscall(SYS_epoll_pwait, poll, events, count, timeout, NULL, 8);
}

// MARK: Batches

int recvmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags,
    struct timespec *timeout) {
    counts_of_this_thread()->receives++;
    return (int)syscall(SYS_recvmmsg, descriptor, messages, count, flags, timeout);
}

int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags) {
    counts_of_this_thread()->sends++;
    return (int)syscall(SYS_sendmmsg, descriptor, messages, count, flags);
}

// MARK: Everything else

ssize_t recvmsg(int descriptor, struct msghdr *message, int flags) {
    other();
    return syscall(SYS_recvmsg, descriptor, message, flags);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    other();
    return syscall(SYS_sendmsg, descriptor, message, flags);
}

ssize_t recv(int descriptor, void *bytes, size_t length, int flags) {
    other();
    return syscall(SYS_recvfrom, descriptor, bytes, length, flags, NULL, NULL);
}

ssize_t recvfrom(int descriptor, void *bytes, size_t length, int flags,
    struct sockaddr *address, socklen_t *address_length) {
    other();
    return syscall(SYS_recvfrom, descriptor, bytes, length, flags, address, address_length);
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags) {
    other();
    return syscall(SYS_sendto, descriptor, bytes, length, flags, NULL, 0);
}

ssize_t sendto(int descriptor, const void *bytes, size_t length, int flags,
    const struct sockaddr *address, socklen_t address_length) {
    other();
    return syscall(SYS_sendto, descriptor, bytes, length, flags, address, address_length);
}

ssize_t read(int descriptor, void *bytes, size_t length) {
    other();
    return syscall(SYS_read, descriptor, bytes, length);
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    other();
    return syscall(SYS_write, descriptor, bytes, length);
}

ssize_t writev(int descriptor, const struct iovec *vectors, int count) {
    other();
    return syscall(SYS_writev, descriptor, vectors, count);
}

int epoll_ctl(int poll, int operation, int descriptor, struct epoll_event *event) {
    other();
    return (int)syscall(SYS_epoll_ctl, poll, operation, descriptor, event);
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    other();
    return (int)syscall(SYS_connect, descriptor, address, length);
}

int getsockopt(int descriptor, int level, int name, void *value, socklen_t *length) {
    other();
    return (int)syscall(SYS_getsockopt, descriptor, level, name, value, length);
}

int setsockopt(int descriptor, int level, int name, const void *value, socklen_t length) {
    other();
    return (int)syscall(SYS_setsockopt, descriptor, level, name, value, length);
}

ssize_t getrandom(void *bytes, size_t length, unsigned flags) {
    other();
    return syscall(SYS_getrandom, bytes, length, flags);
}
