#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What the BGP speaker costs and how late it is, beside the daemons it stands in for. The router is a
# program of ours, bgp/peer.c, which notes by CLOCK_MONOTONIC when a read has brought it what.
#
#   decide       a word arrives (a line that a check reads, a line that a helper prints) -> the UPDATE
#                is read; one prefix, one session; with a check also from when its rule had decided.
#                Beside ExaBGP with the same helper and the same file.
#   withdraw     the same for 1 000 prefixes of one check to two sessions.
#   refresh      100 000 routes sent again on ROUTE-REFRESH, and what they take. Beside BIRD and GoBGP.
#   keepalives   how late they are while a check spins and the plane is saturated.
#
# Usage: bgp.sh PHAROS-BINARY [decide|withdraw|refresh|keepalives]…
#   ROUNDS=1000 MANY_ROUNDS=300 PREFIXES=1000 ROUTES=100000 REFRESHES=20 KEEPALIVE_SECONDS=50 SESSIONS=20
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pharos=$(realpath "${1:?usage: bgp.sh PHAROS-BINARY [decide|withdraw|refresh|keepalives]…}")
shift
rounds=${ROUNDS:-1000} many_rounds=${MANY_ROUNDS:-300} prefixes=${PREFIXES:-1000}
routes=${ROUTES:-100000} refreshes=${REFRESHES:-20}
keepalive_seconds=${KEEPALIVE_SECONDS:-50} sessions=${SESSIONS:-20}
source "$here/lib.sh"
source "$here/bgp/subjects.sh"
need clang ss
mkdir -p "$built"
clang -O2 -Wall -o "$built/peer" "$here/bgp/peer.c"

row() { # SUBJECT FILE UNIT: a line of the table for each series
    awk -v subject="$1" -v unit="$3" \
        '{ printf "| %s, %s | %d | %s | %s | %s | %s | %s |\n", subject, $1, $2, unit, $3, $4, $5, $6 }' "$2"
}
head() {
    echo "| | rounds | unit | p50 | p99 | p99.9 | largest |"
    echo "| --- | ---: | --- | ---: | ---: | ---: | ---: |"
}

decide() { # SUBJECT-STARTER LABEL ROUNDS PREFIXES PORT…
    local starter=$1 label=$2 count=$3 many=$4 name=Pharos
    shift 4
    trigger=tcp:$(free_port)
    case $starter in
    start_exabgp) name=ExaBGP trigger=fifo:$work/fifo ;;
    start_pharos_helper) trigger=fifo:$work/fifo ;;
    esac
    "$built/peer" decide "$trigger" "$count" "$many" "$@" >"$work/out" 2>"$work/peer.log" &
    process[peer]=$!
    "$starter" "$trigger" "$many" "$@"
    wait "${process[peer]}" || fail "$name: $(cat "$work/peer.log"); $(tail -n 3 "$work/$name.log")"
    unset "process[peer]"
    row "$label" "$work/out" µs
    stop "$name"
}

# From when the rule had decided, by the daemon's own word, until the peer has read it; of several
# evaluations after a word the first.
decided() {
    sed -n 's/.*rules decided at \([0-9]*\) ns.*/\1/p' "$work/Pharos.log" |
        awk 'FNR == NR { decided[count++] = $1; next }
            { while (next_one < count && decided[next_one] < $2) next_one++
              if (next_one < count && decided[next_one] <= $3)
                  printf "%s %.1f\n", $1, ($3 - decided[next_one]) / 1000 }' - "$work/times" |
        sort -k1,1 -k2,2n | awk '
            function print_one() {
                if (!count) return
                printf "%s %d %s %s %s %s\n", name, count, value[int(count * 0.5)], value[int(count * 0.99)],
                    value[int(count * 0.999)], value[count - 1]
            }
            $1 != name { print_one(); name = $1; count = 0 }
            { value[count++] = $2 }
            END { print_one() }' >"$work/decided"
    [ -s "$work/decided" ] || fail "the daemon did not say when rules decided: $(tail -n 3 "$work/Pharos.log")"
    row "Pharos, rule decided" "$work/decided" µs
}

measure_decide() {
    echo "A word of one prefix -> its UPDATE read, $rounds rounds of announce and withdraw:"
    echo
    head
    decide start_pharos "Pharos, check" "$rounds" 1 "$(free_port)"
    TIMES=$work/times decide start_pharos_traced "Pharos, check, traced" "$rounds" 1 "$(free_port)"
    decided
    decide start_pharos_helper "Pharos, helper" "$rounds" 1 "$(free_port)"
    if command -v exabgp >/dev/null; then decide start_exabgp "ExaBGP, helper" "$rounds" 1 "$(free_port)"; fi
    echo
}

measure_withdraw() {
    echo "A word -> $prefixes prefixes read by two sessions, $many_rounds rounds:"
    echo
    head
    decide start_pharos "Pharos, check" "$many_rounds" "$prefixes" "$(free_port)" "$(free_port)"
    decide start_pharos_helper "Pharos, helper" "$((many_rounds / 10))" "$prefixes" "$(free_port)" "$(free_port)"
    if command -v exabgp >/dev/null; then
        decide start_exabgp "ExaBGP, helper" "$((many_rounds / 10))" "$prefixes" "$(free_port)" "$(free_port)"
    fi
    echo
}

refresh() { # STARTER NAME
    local port before
    port=$(free_port)
    mkfifo "$work/go"
    "$built/peer" refresh "$refreshes" "$routes" "$port" >"$work/out" 2>"$work/peer.log" <"$work/go" &
    process[peer]=$!
    exec 8>"$work/go"
    "$1" "$port"
    until grep -q ready "$work/out"; do
        kill -0 "${process[peer]}" 2>/dev/null || fail "$2: $(cat "$work/peer.log"); $(tail -n 3 "$work/$2.log")"
        sleep 0.1
    done
    before=$(resident "${process[$2]}")
    echo >&8
    exec 8>&-
    wait "${process[peer]}" || fail "$2: $(cat "$work/peer.log")"
    unset "process[peer]"
    sed -i /ready/d "$work/out"
    awk -v subject="$2" -v before="$before" -v after="$(resident "${process[$2]}")" -v peak="$(peak "${process[$2]}")" \
        '{ printf "| %s | %d | %s | %s | %s | %s | %s | %s |\n", subject, $2, $3, $4, $6, before, after, peak }' "$work/out"
    rm "$work/go"
    stop "$2"
}

measure_refresh() {
    echo "$routes routes sent again on ROUTE-REFRESH, until the last prefix is read; resident memory before the first," \
        "after the last, and its peak since the start:"
    echo
    echo "| | rounds | p50 ms | p99 ms | largest ms | MB | MB after | MB at most |"
    echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    refresh start_pharos_routes Pharos
    if command -v bird >/dev/null; then refresh start_bird_routes BIRD; fi
    if command -v gobgpd >/dev/null; then refresh start_gobgp_routes GoBGP; fi
    echo
}

measure_keepalives() {
    local ports=() number name
    build_floor
    start_server
    for ((number = 0; number < sessions; number++)); do ports+=("$(free_port)"); done
    echo "Lateness of keepalives over $sessions sessions of 3 s hold time, $keepalive_seconds s, the plane saturated:"
    echo
    head
    for name in quiet spinning; do
        "$built/peer" keepalives "$keepalive_seconds" "${ports[@]}" >"$work/out" 2>"$work/peer.log" &
        process[peer]=$!
        start_pharos_busy "$name" "${ports[@]}"
        until grep -q ready "$work/out"; do
            kill -0 "${process[peer]}" 2>/dev/null || fail "$(cat "$work/peer.log"); $(tail -n 3 "$work/Pharos.log")"
            sleep 0.1
        done
        "$built/load" -q 400 -s "$keepalive_seconds" "${port[Pharos]}" >"$work/load" &
        process[load]=$!
        wait "${process[peer]}" || fail "$(cat "$work/peer.log"); $(tail -n 3 "$work/Pharos.log")"
        kill "${process[load]}" 2>/dev/null || true
        wait "${process[load]}" 2>/dev/null || true
        unset "process[peer]" "process[load]"
        sed -i /ready/d "$work/out"
        row "Pharos, $name" "$work/out" ms
        lateness
        stop Pharos
    done
    stop server
    echo
}

echo "$(machine)"
echo
for what in ${@:-decide withdraw refresh keepalives}; do "measure_$what"; done
