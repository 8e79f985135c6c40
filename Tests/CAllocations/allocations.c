// SPDX-License-Identifier: Apache-2.0

#include "counts.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

// glibc's own, which ours take the place of (malloc(3), "Replacing malloc").
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static void take(void) { counts_of_this_thread()->taken++; }

long callocations_taken(void) { return counts_of_this_thread()->taken; }

long callocations_freed(void) { return counts_of_this_thread()->freed; }

long callocations_bytes(void) {
    struct mallinfo2 all = mallinfo2();
    return (long)(all.uordblks + all.hblkhd);
}

void *malloc(size_t size) {
    take();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    take();
    return __libc_calloc(count, size);
}

// A block that grows is still one; without a block it is a new one.
void *realloc(void *block, size_t size) {
    if (block == NULL) take();
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    take();
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) {
    take();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    take();
    *block = __libc_memalign(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

void free(void *block) {
    if (block == NULL) return;
    counts_of_this_thread()->freed++;
    __libc_free(block);
}
