#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Three times as many queries as Pharos can answer, with a built-in policy and with a slow script: what
# an honest client sees meanwhile, how much memory it takes, and how soon it is over. Each is run with
# the limit on the queue's age as it is by default and, for comparison, without; and so is dnsdist.
#
# Usage: overload.sh PHAROS-BINARY      SECONDS_EACH=10 FACTOR=3 PROBES=500 a second
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pharos=${1:?usage: overload.sh PHAROS-BINARY}
seconds=${SECONDS_EACH:-10} factor=${FACTOR:-3} probes=${PROBES:-500}
work=$(mktemp -d)
started=()

stop_all() {
    for id in "${started[@]}"; do kill "$id" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop_all EXIT
fail() { echo "overload: $*" >&2; exit 1; }

for tool in dnsperf dnsdist; do command -v "$tool" >/dev/null || fail "$tool is not installed"; done
mkdir -p "$here/.build"
clang -O2 -Wall -o "$here/.build/responder" "$here/floor/responder.c"
clang -O2 -Wall -pthread -o "$here/.build/flood" "$here/floor/flood.c"

# The subject and the server behind it share the last processor; the flood and its clients have the
# others. So the subject is what cannot keep up: the server needs less of it, and the queues of the
# server's own socket stay short.
last=$(($(nproc) - 1))
others="0-$((last > 0 ? last - 1 : 0))"

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); ss -Hlnu "sport = :$port" | grep -q .; do :; done
    echo "$port"
}
resident() { awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$1/status"; }
counter() { # of Pharos; dnsdist has none of these
    [ "$subject" = pharos ] || { echo 0; return; }
    "$pharos" status --json --control "$work/control.sock" |
    grep -oE "\"$1\" *: *[0-9]+" | head -n 1 | grep -oE '[0-9]+$' || echo 0
}

server=$(free_port)
taskset -c "$last" "$here/.build/responder" "$server" &
started+=($!)
echo "www.test A" >"$work/queries"

launch() { # the subject with the configuration on standard input; its process is $id
    local attempt
    port=$(free_port)
    {
        echo "setLocal('127.0.0.1:$port')"
        echo "newServer{address='127.0.0.1:$server', name='s', healthCheckMode='up'}"
        cat
    } >"$work/subject.lua"
    if [ "$subject" = pharos ]; then
        set -- "$pharos" run -c "$work/subject.lua" --control "$work/control.sock" --workers 1
    else
        set -- dnsdist --supervised --disable-syslog -C "$work/subject.lua"
    fi
    taskset -c "$last" "$@" >"$work/log" 2>&1 &
    id=$!
    started+=("$id")
    for ((attempt = 0; attempt < 100; attempt++)); do
        dig +time=1 +tries=1 @127.0.0.1 -p "$port" www.test A >/dev/null 2>&1 && return
        kill -0 "$id" 2>/dev/null || break
        sleep 0.1
    done
    fail "$subject does not run: $(tail -n 3 "$work/log")"
}

measure() { # NAME LIMIT-MS [CONFIGURATION]
    local port id rate before after
    subject=${1%%,*}
    if [ "$subject" = pharos ]; then
        launch <<<"setMaxUDPQueueDelay($2)
${3:-}"
    else
        launch <<<"${3:-}"
    fi
    rate=$(taskset -c "$others" dnsperf -s 127.0.0.1 -p "$port" -d "$work/queries" -c 4 -q 200 -l 3 2>/dev/null |
        awk '/Queries per second:/ { printf "%d", $4 }')
    before=$(resident "$id")
    taskset -c "$others" "$here/.build/flood" "$port" $((factor * rate)) "$seconds" "$probes" >"$work/out"
    after=$(resident "$id")
    sleep 2.2
    awk -F '\t' -v name="$1" -v limit="${2:+, $2 ms}" -v rate="$rate" -v seconds="$seconds" -v before="$before" \
        -v after="$after" -v overdue="$(counter overdue-queries)" -v full="$(counter queue-overflows)" '{
        printf "| %s%s | %d | %d | %d of %d | %.1f | %.1f | %.1f | %d of %d, %.1f | %d, %d | %d → %d |\n",
            name, limit, rate, $1 / seconds, $3, $2, $4 / 1000, $5 / 1000, $7 / 1000, $9, $8, $10 / 1000,
            overdue, full, before, after
    }' "$work/out"
    kill "$id"
    wait "$id" 2>/dev/null || true
}

echo "$(date -u +%F), Linux $(uname -r), $(nproc) processors, commit $(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown), one worker, rmem_max $(cat /proc/sys/net/core/rmem_max), $seconds s each"
echo
echo "| | capacity q/s | offered q/s | probes served | p50 ms | p99 ms | longest ms | 100 ms after: served, p50 ms | overdue, overflows | RSS MB |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
script="addAction(AllRule(), LuaAction(function(dq) for i = 1, 2000 do end return DNSAction.None, '' end))"
for limit in 25 2000; do
    measure "pharos, built-in policy" "$limit"
    measure "pharos, slow script" "$limit" "$script"
done
measure "dnsdist, built-in policy" ""
measure "dnsdist, slow script" "" "$script"
