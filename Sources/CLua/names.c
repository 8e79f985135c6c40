// SPDX-License-Identifier: Apache-2.0
//
// The name an operator most likely meant: the key of a table with the smallest edit distance.

#include <string.h>

#include "vm.h"

enum { NAME_BYTES_MAX = 64 };

static int distance(const char *a, const char *b) {
    int row[NAME_BYTES_MAX + 1];
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n > NAME_BYTES_MAX || m > NAME_BYTES_MAX) return NAME_BYTES_MAX;
    for (int j = 0; j <= m; j++) row[j] = j;
    for (int i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            // Letter case is the commonest slip of all: it counts nothing.
            int same = (a[i - 1] | 0x20) == (b[j - 1] | 0x20);
            int best = diagonal + !same;
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

// `table` may be a pseudo-index. The result lives as long as its key in the table.
const char *clua_nearest_name_raises(lua_State *L, int table, const char *name) {
    const char *nearest = NULL;
    int least = (int)strlen(name) / 2 + 1;
    if (!lua_checkstack(L, 3)) return NULL;
    for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) continue;
        const char *key = lua_tostring(L, -2);
        int d = distance(name, key);
        if (d < least || (d == least && nearest != NULL && strcmp(key, nearest) < 0)) {
            least = d;
            nearest = key;
        }
    }
    return nearest;
}
