# SPDX-License-Identifier: Apache-2.0
#
# The aims of the design beside what run.sh found, one row each: "row, aim, measured, met?". Reads the
# same lines as table.awk; with summary.awk. A row is met when its median is, at both loads.

# Adds a mode's ratio, and notes when it is above the aim.
function measured(name, over, aim,    m, round, list, count, text, middle) {
    for (m = 1; m <= 2; m++) {
        count = 0
        for (round = 1; round <= rounds; round++)
            if (data[modes[m], round, over] > 0 && (modes[m], round, name) in data)
                list[++count] = data[modes[m], round, name] / data[modes[m], round, over]
        if (!count) { missing = 1; continue }
        text = text (text == "" ? "" : "; ") modes[m] " " median(list, count, "%.2f", 1)
        middle = list[int((count + 1) / 2)]
        if (middle > aim) misses = misses (misses == "" ? "" : ", ") modes[m]
    }
    return text
}
function row(words, name, over, aim, against,    text) {
    misses = ""; missing = 0
    text = measured(name, over, aim)
    print "| " words " | ≤ " aim " × " against " | " (text == "" ? "-" : text) " | " \
        (missing ? "not measured" : misses == "" ? "yes" : "no (" misses ")") " |"
}
$1 == "memory" { memory[$3] = $4; next }
{
    data[$1, $2, $3] = $4
    if ($2 > rounds) rounds = $2
}
END {
    split("fixed full", modes, " ")
    print "| row | aim | measured | met? |"
    print "| --- | --- | --- | --- |"
    row("forward, built-in policy", "pharos-built-in", "relay", 1.2, "C relay")
    row("forward, built-in policy", "pharos-built-in", "dnsdist-built-in", 0.6, "dnsdist")
    row("forward, a policy in Lua per query", "pharos-Lua", "dnsdist-Lua", 0.4, "dnsdist, same file")
    row("forward, planned policy", "pharos-planned", "pharos-built-in", 1.05, "Pharos, built-in")
    row("cache hit", "pharos-cache", "reflector", 1.25, "C reflector")
    row("cache hit", "pharos-cache", "dnsdist-cache", 0.75, "dnsdist, cache hit")
    megabytes = memory["pharos-memory"]
    print "| 6 servers, 2 workers, cache of 200 000 allowed but empty | ≤ 40 MB RSS | " \
        (megabytes == "" ? "- | not measured |" : megabytes " MB (dnsdist " memory["dnsdist-memory"] ") | " \
        (megabytes + 0 <= 40 ? "yes" : "no") " |")
}
