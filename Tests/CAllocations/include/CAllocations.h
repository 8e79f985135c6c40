// SPDX-License-Identifier: Apache-2.0
//
// Counts what threads take from the heap and ask of the kernel: a test links it, and the process's
// malloc, recvmmsg, epoll_wait and their siblings are those of allocations.c and calls.c.

#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdbool.h>

/// What one thread has done since it began.
typedef struct callocations_counts {
    /// Blocks from the heap, and blocks given back.
    long taken, freed;
    /// Batches of datagrams: recvmmsg and sendmmsg.
    long receives, sends;
    /// epoll_wait.
    long waits;
    /// Every other system call of sockets, files and polls, getrandom among them.
    long others;
} callocations_counts;

/// Blocks that this thread has taken since it began.
long callocations_taken(void);

/// Blocks that this thread has given back.
long callocations_freed(void);

/// Bytes of the heap that the process holds, and the allocator with them.
long callocations_bytes(void);

/// Of the living threads whose name (the kernel's fifteen octets) begins so, together.
callocations_counts callocations_of(const char *name);

/// From now on the thread of this name stands still before each epoll_wait, until it is stepped. One
/// thread at a time; false when it has not come there within two seconds.
bool callocations_hold(const char *name);

/// Lets the held thread make one turn, from epoll_wait to the next; false when that took two seconds.
bool callocations_step(void);

/// Lets it go for good.
void callocations_release(void);

#endif
