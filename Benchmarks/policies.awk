# SPDX-License-Identifier: Apache-2.0
#
# Reads "ROUND SERVERS NAME nanoseconds-per-call" and prints the table; with summary.awk.

# A measure over the rounds; relative to another of the same round when `over` names one.
function measure(servers, name, over, spread,    list, count, round, value) {
    for (round = 1; round <= rounds; round++) {
        if (!((servers, round, name) in data)) continue
        value = data[servers, round, name]
        if (over != "") {
            if (!data[servers, round, over]) continue
            list[++count] = value / data[servers, round, over]
        } else list[++count] = value / 1000
    }
    return median(list, count, over == "" ? "%.3f" : "%.2f", spread)
}
function row(label, name, over, words) {
    print "| " label \
        " | " measure(6, name, "", 1) " | " (over == "" ? "" : measure(6, name, over, 1)) \
        " | " measure(64, name, "", 1) " | " (over == "" ? "" : measure(64, name, over, 1)) \
        " | " words " |"
}
$3 ~ /^(bare|Lua|planned|built-in):/ {
    data[$2, $1, $3] = $4
    if ($1 > rounds) rounds = $1
}
END {
    if (!rounds) { print "policies.awk: nothing was measured" > "/dev/stderr"; exit 1 }
    print "| policy | 6 servers, µs a call | ratio | 64 servers, µs a call | ratio | ratio to |"
    print "| --- | --- | --- | --- | --- | --- |"
    count = split("orderedwrandom orderedLeastOutstanding", shipped, " ")
    for (i = 1; i <= count; i++) {
        rival = i == 1 ? "wrandom" : "leastOutstanding"
        row(shipped[i] ", bare Lua", "bare:" shipped[i], "", "")
        row(shipped[i] ", per query", "Lua:" shipped[i], "bare:" shipped[i], "bare Lua")
        row(shipped[i] ", planned", "planned:" shipped[i], "built-in:" rival, "built-in " rival)
    }
    count = split("leastOutstanding wrandom whashed chashed roundrobin firstAvailable" \
        " orderedWrandUntag", builtin, " ")
    for (i = 1; i <= count; i++) {
        row(builtin[i] ", built-in", "built-in:" builtin[i], "", "")
        row(builtin[i] ", planned", "planned:" builtin[i], "built-in:" builtin[i], "the same, built-in")
    }
}
