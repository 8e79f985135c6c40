// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int clinux_thread_start(
    uint64_t *thread, const char *name, clinux_thread_main main, void *context) {
    static const int kept[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) sigdelset(&blocked, kept[i]);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) sigdelset(&blocked, number);
    // A new thread inherits its maker's mask.
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    pthread_t made;
    int result = pthread_create(&made, NULL, main, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0) return -result;
    // The kernel keeps fifteen characters; a name that is too long is no reason to fail.
    pthread_setname_np(made, name);
    *thread = (uint64_t)made;
    return 0;
}

int clinux_thread_join(uint64_t thread) { return -pthread_join((pthread_t)thread, NULL); }

int clinux_thread_join_within(uint64_t thread, uint64_t microseconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t nanoseconds = (uint64_t)until.tv_nsec + microseconds % 1000000 * 1000;
    until.tv_sec += (time_t)(microseconds / 1000000 + nanoseconds / 1000000000);
    until.tv_nsec = (long)(nanoseconds % 1000000000);
    return -pthread_clockjoin_np((pthread_t)thread, NULL, CLOCK_MONOTONIC, &until);
}

int clinux_thread_number(void) { return gettid(); }

int clinux_thread_pin(uint32_t index) {
    cpu_set_t all;
    if (sched_getaffinity(0, sizeof all, &all) < 0) return -errno;
    int count = CPU_COUNT(&all);
    if (count == 0) return -EINVAL;
    int wanted = (int)(index % (uint32_t)count);
    for (int processor = 0; processor < CPU_SETSIZE; processor++) {
        if (!CPU_ISSET(processor, &all) || wanted-- > 0) continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(processor, &one);
        return sched_setaffinity(0, sizeof one, &one) < 0 ? -errno : 0;
    }
    return -EINVAL;
}

int clinux_thread_hurry(void) {
    struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_RR)};
    return -pthread_setschedparam(pthread_self(), SCHED_RR, &lowest);
}

int clinux_processor_count(void) {
    cpu_set_t all;
    if (sched_getaffinity(0, sizeof all, &all) < 0) return 1;
    int count = CPU_COUNT(&all);
    return count > 0 ? count : 1;
}

int64_t clinux_raise_file_limit(uint64_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if (limit.rlim_cur >= wanted) return (int64_t)limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return (int64_t)limit.rlim_cur;
}

void clinux_random(void *buffer, size_t length) {
    unsigned char *next = buffer;
    while (length > 0) {
        ssize_t got = getrandom(next, length, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            // Linux has had this call since 3.17, and it cannot fail otherwise: predictable query
            // identifiers would be worse than no service.
            abort();
        }
        next += got;
        length -= (size_t)got;
    }
}

uint64_t clinux_now_microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int clinux_clock_is_synchronised(void) {
    struct timex values = {0};
    int state = adjtimex(&values);
    return state >= 0 && state != TIME_ERROR && !(values.status & STA_UNSYNC);
}
