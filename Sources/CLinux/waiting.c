// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int clinux_poll_create(void) {
    int result = epoll_create1(EPOLL_CLOEXEC);
    return result < 0 ? -errno : result;
}

int clinux_poll_add(int poll, int descriptor, uint64_t key) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = key};
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int clinux_poll_remove(int poll, int descriptor) {
    return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, NULL) < 0 ? -errno : 0;
}

int clinux_poll_wait(int poll, clinux_event *events, int count, int timeout_milliseconds) {
    struct epoll_event found[CLINUX_EVENTS_MAX];
    if (count > CLINUX_EVENTS_MAX) count = CLINUX_EVENTS_MAX;
    int result = epoll_wait(poll, found, count, timeout_milliseconds);
    if (result < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < result; i++) {
        events[i].key = found[i].data.u64;
        events[i].is_readable = (found[i].events & EPOLLIN) != 0;
        events[i].has_failed = (found[i].events & (EPOLLERR | EPOLLHUP)) != 0;
    }
    return result;
}

int clinux_wake_create(void) {
    int result = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return result < 0 ? -errno : result;
}

void clinux_wake_signal(int descriptor) {
    uint64_t one = 1;
    // A full counter (EAGAIN) wakes as well.
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void clinux_wake_clear(int descriptor) {
    uint64_t value;
    // Empty already (EAGAIN) is clear.
    ssize_t ignored = read(descriptor, &value, sizeof value);
    (void)ignored;
}
