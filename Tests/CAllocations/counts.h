// SPDX-License-Identifier: Apache-2.0

#ifndef COUNTS_H
#define COUNTS_H

#include "CAllocations.h"

/// The calling thread's own, which it alone writes.
callocations_counts *counts_of_this_thread(void);

#endif
