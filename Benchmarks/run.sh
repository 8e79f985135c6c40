#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# CPU per forwarded query of Pharos, of dnsdist and of the floor (a C relay without DNS), with the
# built-in policy, with one planned and with one in Lua: all started together, measured one after the
# other, round after round, so that a change of the machine's mood meets all of them.
#
# Usage: run.sh [PHAROS-BINARY]      without one, the peers alone
#   ROUNDS=5 SECONDS_EACH=4 RATE=20000 SERVERS=6     of each measurement
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pharos=${1:-}
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-4} rate=${RATE:-20000} servers=${SERVERS:-6}
work=$(mktemp -d)
declare -A process port
subjects=()

stop_all() {
    for id in "${process[@]}"; do kill "$id" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop_all EXIT
fail() { echo "bench: $*" >&2; exit 1; }

for program in dnsdist dnsperf clang; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done
mkdir -p "$here/.build"
for program in relay responder; do
    clang -O2 -Wall -o "$here/.build/$program" "$here/floor/$program.c"
done

# The proxies share the last processor, clients and server the first: neither disturbs the other.
last=$(($(nproc) - 1))
beside() { taskset -c 0 "$@"; }

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); ss -Hlnu "sport = :$port" | grep -q .; do :; done
    echo "$port"
}

start() { # NAME PORT COMMAND…
    local name=$1
    port[$name]=$2
    shift 2
    taskset -c "$last" "$@" >"$work/$name.log" 2>&1 &
    process[$name]=$!
    subjects+=("$name")
}

# The same file for both daemons: that is the point of the dialect. The planned policy, which dnsdist
# has not, does what the built-in one does, among the servers of the first tier.
plan=$here/../Policies/orderedLeastOutstanding/orderedLeastOutstanding.planned.lua
configure() { # PORT [POLICY-LINE]
    echo "setLocal('127.0.0.1:$1')"
    echo "setACL({'127.0.0.0/8'})"
    for ((i = 1; i <= servers; i++)); do
        echo "newServer{address='127.0.0.1:${port[server]}', name='s$i', order=$((1 + i / 5)), weight=$((i * 10))}"
    done
    echo "${2:-}"
}

port[server]=$(free_port)
# Not by `beside`: what is started in the background must be the program, which is ended by its id.
taskset -c 0 "$here/.build/responder" "${port[server]}" &
process[server]=$!

number=$(free_port)
start floor "$number" "$here/.build/relay" "$number" "${port[server]}"
for policy in built-in planned Lua; do
    case $policy in
    built-in) line= ;;
    planned) line="setServerPolicy(newPlannedPolicy('ordered', dofile('$plan')))" ;;
    Lua) line="dofile('$here/tiered.lua')" ;;
    esac
    if [ "$policy" != planned ]; then
        number=$(free_port)
        configure "$number" "$line" >"$work/dnsdist-$policy.conf"
        start "dnsdist-$policy" "$number" dnsdist --supervised --disable-syslog -C "$work/dnsdist-$policy.conf"
    fi
    [ -n "$pharos" ] || continue
    number=$(free_port)
    configure "$number" "$line" >"$work/pharos-$policy.lua"
    start "pharos-$policy" "$number" "$pharos" run -c "$work/pharos-$policy.lua" \
        --control "$work/pharos-$policy.sock" --workers 1
done

echo "www.example.org A" >"$work/queries"
load() { # PORT OPTION…
    local port=$1
    shift
    beside dnsperf -s 127.0.0.1 -p "$port" -d "$work/queries" -c 4 "$@" 2>/dev/null
}

for name in "${subjects[@]}"; do
    for ((attempt = 0; ; attempt++)); do
        kill -0 "${process[$name]}" 2>/dev/null || fail "$name does not run: $(tail -n 3 "$work/$name.log")"
        load "${port[$name]}" -n 1 -Q 10 -t 1 | grep -q 'Queries completed:  *1 ' && break
        ((attempt < 20)) || fail "$name does not answer: $(tail -n 3 "$work/$name.log")"
    done
    load "${port[$name]}" -l 1 -q 200 >/dev/null
done

# Nanoseconds on a processor, user and system, of all threads.
cpu() { cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
resident() { awk '/^VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }

measure() { # MODE ROUND NAME OPTION…
    local mode=$1 round=$2 name=$3 before after
    shift 3
    before=$(cpu "${process[$name]}")
    load "${port[$name]}" -l "$seconds" "$@" >"$work/out"
    after=$(cpu "${process[$name]}")
    awk -v mode="$mode" -v round="$round" -v name="$name" -v ns=$((after - before)) '
        /Queries completed:/ { done = $3 }
        /Queries lost:/ { lost = $3 }
        /Queries per second:/ { rate = $4 }
        /Average Latency/ { latency = $4 * 1e6 }
        END { if (done) print mode, round, name, ns / 1000 / done, rate, lost, latency }
    ' "$work/out" >>"$work/results"
}

for ((round = 1; round <= rounds; round++)); do
    for name in "${subjects[@]}"; do
        measure fixed "$round" "$name" -Q "$rate" -q 1000
        measure full "$round" "$name" -q 400
        [ ! -t 1 ] || printf '\rround %d of %d, %-16s' "$round" "$rounds" "$name"
    done
done
[ ! -t 1 ] || printf '\r%40s\r' ''
for name in "${subjects[@]}"; do echo "memory 0 $name $(resident "${process[$name]}")" >>"$work/results"; done

echo "$(date -u +%F), Linux $(uname -r), $(nproc) processors, commit $(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)," \
    "$(dnsdist --version | head -n 1 | cut -d ' ' -f 1-2), $servers servers, 1 worker, $rounds rounds of $seconds s"
echo "Median of the rounds [smallest…largest]; ratios are of the same round. Fixed: $rate queries/s offered."
awk -f "$here/summary.awk" -f "$here/table.awk" "$work/results"
