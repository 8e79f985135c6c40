# SPDX-License-Identifier: Apache-2.0
#
# Medians with their spread, for the tables.

function sorted(list, count,    i, j, value) {
    for (i = 2; i <= count; i++) {
        value = list[i]
        for (j = i - 1; j >= 1 && list[j] > value; j--) list[j + 1] = list[j]
        list[j + 1] = value
    }
}

# The median of a list and, when `spread`, its extremes.
function median(list, count, format, spread,    text) {
    if (!count) return "-"
    sorted(list, count)
    text = sprintf(format, list[int((count + 1) / 2)])
    if (spread) text = text " [" sprintf(format, list[1]) "…" sprintf(format, list[count]) "]"
    return text
}
