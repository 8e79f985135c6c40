# SPDX-License-Identifier: Apache-2.0
#
# Reads "MODE ROUND NAME µs-per-query queries/s lost p50 p99 p99.9" and prints the tables; with summary.awk.

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
function ratio(mode, name, over) {
    return over == "" || over == name || !(over in seen) ? "" : summary(mode, name, 4, over, "%.2f", 1)
}
# A row's floor: a hit is answered, everything else relayed.
function floor_of(name) {
    if (name ~ /-cache$/ || name == "reflector") return "reflector"
    return name ~ /-TCP$/ ? "" : "relay"
}
function label(name,    variant) {
    if (name == "relay") return "floor (C relay)"
    if (name == "reflector") return "floor (C reflector)"
    variant = name
    sub(/^[a-z]*-/, "", variant)
    sub(/-.*/, "", name)
    sub(/^pharos/, "Pharos", name)
    if (variant == "workers") variant = "2 workers"
    if (variant == "cache") variant = "cache hit"
    if (variant ~ /^[0-9]+$/) variant = variant " servers"
    return name ", " variant
}
$1 == "memory" { memory[$3] = $4; next }
{
    if (!($3 in seen)) { seen[$3] = 1; names[++total] = $3 }
    if ($2 > rounds) rounds = $2
    for (i = 4; i <= 9; i++) data[$1, $2, $3, i] = $i
}
END {
    if (!rounds) { print "table.awk: nothing was measured" > "/dev/stderr"; exit 1 }
    split("fixed full", modes, " ")
    for (m = 1; m <= 2; m++) {
        mode = modes[m]
        print ""
        print "| " mode " rate | CPU µs/query | × floor | × dnsdist | × Pharos, built-in | queries/s | p50 µs | p99 µs | p99.9 µs | lost | RSS MB |"
        print "| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        for (n = 1; n <= total; n++) {
            name = names[n]
            rival = name
            if (!sub(/^pharos/, "dnsdist", rival)) rival = ""
            print "| " label(name) \
                " | " summary(mode, name, 4, "", "%.2f", 1) \
                " | " ratio(mode, name, floor_of(name)) \
                " | " ratio(mode, name, rival) \
                " | " (name ~ /^pharos-(planned|Lua|workers)$/ ? ratio(mode, name, "pharos-built-in") : "") \
                " | " summary(mode, name, 5, "", "%.0f", 0) \
                " | " summary(mode, name, 7, "", "%.0f", 0) \
                " | " summary(mode, name, 8, "", "%.0f", 0) \
                " | " summary(mode, name, 9, "", "%.0f", 0) \
                " | " summary(mode, name, 6, "", "%.0f", 0) \
                " | " memory[name] " |"
        }
    }
}
