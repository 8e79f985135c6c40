# SPDX-License-Identifier: Apache-2.0
#
# Reads "ROUND NAME nanoseconds runs" and prints the table; with summary.awk.

{
    if (!$4) { print "checks.awk: " $2 " ran no check" > "/dev/stderr"; failed = 1; exit 1 }
    each[$1, $2] = $3 / $4 / 1000
    runs[$2] += $4
    if ($1 > rounds) rounds = $1
}
function row(label, name,    list, ratios, round) {
    for (round = 1; round <= rounds; round++) {
        list[round] = each[round, name]
        ratios[round] = each[round, name] / each[round, "dig"]
    }
    print "| " label " | " median(list, rounds, "%.0f", 1) " | " median(ratios, rounds, "%.4f", 1) " | " runs[name] " |"
}
END {
    if (failed) exit 1
    print "| one DNS check | CPU µs | × dig | runs |"
    print "| --- | --- | --- | ---: |"
    row("checks.dns", "native")
    row("dig through a shell", "dig")
}
