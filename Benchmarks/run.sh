#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What a query costs Pharos, dnsdist and the floors (a C relay and a C reflector without DNS logic), in
# every variant: started together, measured one after the other, round after round, so that a change of
# the machine's mood meets all of them. At a fixed rate offered, and as fast as they go.
#
# Usage: run.sh [PHAROS-BINARY]      without one, the peers alone
#   ROUNDS=5 SECONDS_EACH=3            of each measurement
#   RATE=20000 TCP_RATE=10000          queries a second offered
#   VARIANTS="built-in planned Lua cache TCP workers 100 1000"
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pharos=${1:-}
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-3} rate=${RATE:-20000} tcp_rate=${TCP_RATE:-10000}
variants=${VARIANTS:-built-in planned Lua cache TCP workers 100 1000}
source "$here/lib.sh"
source "$here/subjects.sh"
need dnsdist clang ss
build_floor
results=$built/results
: >"$results"
start_server

measure() { # MODE ROUND NAME OPTION…
    local mode=$1 round=$2 name=$3 before after
    shift 3
    before=$(cpu "${process[$name]}")
    load "$name" -s "$seconds" "$@" >"$work/out" || fail "$name answers nothing: $(tail -n 3 "$work/$name.log")"
    after=$(cpu "${process[$name]}")
    awk -v mode="$mode" -v round="$round" -v name="$name" -v ns=$((after - before)) \
        '{ print mode, round, name, ns / 1000 / $1, $3, $2, $4, $5, $6 }' "$work/out" >>"$results"
}

# Both measurements of one subject; TCP is asked of the daemons that are there for UDP.
measure_subject() { # ROUND NAME
    if [[ $2 == *-TCP ]]; then
        measure fixed "$1" "$2" -t -c 8 -r "$tcp_rate"
        measure full "$1" "$2" -t -c 8 -q 400
    else
        measure fixed "$1" "$2" -r "$rate"
        measure full "$1" "$2" -q 400
    fi
    [ ! -t 2 ] || printf '\rround %d of %d, %-20s' "$1" "$rounds" "$2" >&2
}

measure_group() { # VARIANT…
    local variant name subjects=() round
    start_variant floor
    for variant in "$@"; do start_variant "$variant"; done
    subjects=(relay)
    [[ " $* " != *" cache "* ]] || subjects+=(reflector)
    for variant in "$@"; do
        for name in "dnsdist-$variant" "pharos-$variant"; do
            if [ "$variant" = TCP ]; then
                [ -n "${process[${name%-TCP}-built-in]:-}" ] || continue
                process[$name]=${process[${name%-TCP}-built-in]}
                port[$name]=${port[${name%-TCP}-built-in]}
            fi
            [ -z "${process[$name]:-}" ] || subjects+=("$name")
        done
    done
    for name in "${subjects[@]}"; do
        await "$name"
        # Caches fill, tables are touched, processors wake up.
        load "$name" -s 1 -q 200 >/dev/null
    done
    for ((round = 1; round <= rounds; round++)); do
        for name in "${subjects[@]}"; do measure_subject "$round" "$name"; done
    done
    for name in "${subjects[@]}"; do
        echo "memory 0 $name $(resident "${process[$name]}")" >>"$results"
    done
    for name in "${subjects[@]}" reflector; do [ -z "${process[$name]:-}" ] || stop "$name"; done
}

small=() large=()
for variant in $variants; do
    if [[ $variant == [0-9]* ]]; then large+=("$variant"); else small+=("$variant"); fi
done
if [[ " ${small[*]} " == *" TCP "* && " ${small[*]} " != *" built-in "* ]]; then
    fail "TCP is asked of the daemons of built-in: add it to VARIANTS"
fi
[ ${#small[@]} -eq 0 ] || measure_group "${small[@]}"
# Thousands of threads of dnsdist's would be in the others' way.
for variant in ${large[@]+"${large[@]}"}; do measure_group "$variant"; done

start_variant memory
for name in dnsdist-memory pharos-memory; do
    [ -n "${process[$name]:-}" ] || continue
    await "$name"
    echo "memory 0 $name $(resident "${process[$name]}")" >>"$results"
done
[ ! -t 2 ] || printf '\r%40s\r' '' >&2

echo "$(machine), $(dnsdist --version | head -n 1 | cut -d ' ' -f 1-2), $rounds rounds of $seconds s"
echo "Median of the rounds [smallest…largest]; ratios are of the same round. Fixed: $rate queries/s offered ($tcp_rate over TCP)," \
    "latency from when each was due. Full: 400 in flight. 6 servers and 1 worker unless the row says else."
awk -f "$here/summary.awk" -f "$here/table.awk" "$results"
