# SPDX-License-Identifier: Apache-2.0
#
# Reads "MODE ROUND NAME µs-per-query queries/s lost latency" and prints the tables; with summary.awk.

# The median and, when `spread`, the extremes of a measure over the rounds.
function summary(mode, name, field, over, format, spread,    list, count, round, value) {
    for (round = 1; round <= rounds; round++) {
        if (!((mode, round, name, field) in data)) continue
        value = data[mode, round, name, field]
        if (over != "") {
            if (!data[mode, round, over, field]) continue
            value /= data[mode, round, over, field]
        }
        list[++count] = value
    }
    return median(list, count, format, spread)
}
$1 == "memory" { memory[$3] = $4; next }
{
    if (!($3 in seen)) { seen[$3] = 1; names[++total] = $3 }
    if ($2 > rounds) rounds = $2
    for (i = 4; i <= 7; i++) data[$1, $2, $3, i] = $i
}
END {
    split("fixed full", modes, " ")
    for (m = 1; m <= 2; m++) {
        mode = modes[m]
        print ""
        print "| " mode " rate | CPU µs/query | × floor | × dnsdist, same policy | × Pharos, built-in | queries/s | lost | latency µs | RSS MB |"
        print "| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: |"
        for (n = 1; n <= total; n++) {
            name = names[n]
            rival = name
            if (!sub(/^pharos/, "dnsdist", rival) || !(rival in seen)) rival = ""
            ours = name ~ /^pharos-/ && name != "pharos-built-in" ? "pharos-built-in" : ""
            print "| " name \
                " | " summary(mode, name, 4, "", "%.2f", 1) \
                " | " summary(mode, name, 4, "floor", "%.2f", 1) \
                " | " (rival == "" ? "" : summary(mode, name, 4, rival, "%.2f", 1)) \
                " | " (ours == "" ? "" : summary(mode, name, 4, ours, "%.2f", 1)) \
                " | " summary(mode, name, 5, "", "%.0f", 0) \
                " | " summary(mode, name, 6, "", "%.0f", 0) \
                " | " summary(mode, name, 7, "", "%.0f", 0) \
                " | " memory[name] " |"
        }
    }
}
