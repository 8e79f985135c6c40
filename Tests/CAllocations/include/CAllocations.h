// SPDX-License-Identifier: Apache-2.0
//
// Counts what the calling thread takes from the heap and gives back: a test links it, and the
// process's malloc and free are those of allocations.c.

#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

/// Blocks that this thread has taken since it began.
long callocations_taken(void);

/// Blocks that this thread has given back.
long callocations_freed(void);

#endif
