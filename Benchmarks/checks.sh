#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Processor time of one DNS check: the ready-made checks.dns beside the same question asked with dig
# through a shell, as the scripts do that Pharos replaces. A daemon for each, both at work in the same
# seconds; the daemon's time and its children's, user and system, divided by the runs that it counted.
#
# Usage: checks.sh PHAROS-BINARY      ROUNDS=5 SECONDS_EACH=10 NATIVE=200 SHELL_CHECKS=10 (a second)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pharos=${1:?usage: checks.sh PHAROS-BINARY}
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-10} native=${NATIVE:-200} shell=${SHELL_CHECKS:-10}
work=$(mktemp -d)
processes=()

stop_all() {
    for id in "${processes[@]}"; do kill "$id" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop_all EXIT
fail() { echo "bench: $*" >&2; exit 1; }
for program in clang dig; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done

mkdir -p "$here/.build"
clang -O2 -Wall -o "$here/.build/responder" "$here/floor/responder.c"
while port=$((20000 + RANDOM % 12000)); ss -Hlnu "sport = :$port" | grep -q .; do :; done
"$here/.build/responder" "$port" &
processes+=($!)

# Each second a fifth of the checks five times.
configure() { # CHECKS-A-SECOND RUN
    cat <<LUA
for number = 1, $1 // 5 do
    newCheck{
        name = "check" .. number, interval = 0.2, fastInterval = 0.2, timeout = 0.2,
        run = $2,
    }
end
LUA
}
configure "$native" "checks.dns{server = '127.0.0.1:$port', name = 'www.example.org'}" >"$work/native.lua"
configure "$shell" "function()
            local dig = exec.shell('dig +short +time=1 +tries=1 -p $port @127.0.0.1 www.example.org A')
            return dig.status == 0 and dig.stdout ~= '', dig.stderr
        end" >"$work/dig.lua"

declare -A process before first
for name in native dig; do
    STATE_DIRECTORY="$work" "$pharos" run -c "$work/$name.lua" --control "$work/$name.sock" \
        >"$work/$name.log" 2>&1 &
    process[$name]=$!
    processes+=($!)
done
status() { "$pharos" status --json --control "$work/$1.sock"; }
# Runs of all checks, and how many of them are not up.
runs() { status "$1" | grep -oE '"runs" ?: ?[0-9]+' | awk -F ':' '{ sum += $2 } END { print sum + 0 }'; }
for name in native dig; do
    for ((attempt = 0; ; attempt++)); do
        kill -0 "${process[$name]}" 2>/dev/null || fail "$name does not run: $(tail -n 3 "$work/$name.log")"
        [ "$(status "$name" 2>/dev/null | grep -cE '"state" ?: ?"up"')" != 0 ] && break
        ((attempt < 100)) || fail "$name: no check is up: $(tail -n 3 "$work/$name.log")"
        sleep 0.1
    done
done

# Nanoseconds of all threads, and of the children that ended (in ticks of a hundredth).
own() { cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
children() { awk -v hertz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%.0f\n", ($14 + $15) / hertz * 1e9 }' "/proc/$1/stat"; }

for ((round = 1; round <= rounds; round++)); do
    for name in native dig; do
        before[$name]=$(($(own "${process[$name]}") + $(children "${process[$name]}")))
        first[$name]=$(runs "$name")
    done
    sleep "$seconds"
    for name in native dig; do
        after=$(($(own "${process[$name]}") + $(children "${process[$name]}")))
        count=$(($(runs "$name") - first[$name]))
        echo "$round $name $((after - before[$name])) $count" >>"$work/results"
    done
done

echo "$(date -u +%F), Linux $(uname -r), $(nproc) processors, commit $(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)," \
    "$native native checks and $shell of dig a second, $rounds rounds of $seconds s"
echo "Median of the rounds [smallest…largest], user and system time of the daemon and its children."
echo
awk -f "$here/summary.awk" -f "$here/checks.awk" "$work/results"
