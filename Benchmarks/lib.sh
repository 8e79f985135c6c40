# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the benchmarks share: processes that end with the script, ports, loads, processor time.
# Sourced after `here` is set; makes $work, and $built with the C programs.

work=$(mktemp -d)
built=$here/.build
declare -A process port
# The proxies share the last processor, clients and server the first: neither disturbs the other.
last=$(($(nproc) - 1))

stop_all() {
    for id in "${process[@]}"; do kill "$id" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

fail() { echo "bench: $*" >&2; exit 1; }

need() { # PROGRAM…
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || fail "$program is not installed"
    done
}

build_floor() {
    mkdir -p "$built"
    local program
    for program in floor/relay floor/responder load/load; do
        clang -O2 -Wall -pthread -o "$built/${program#*/}" "$here/$program.c"
    done
}

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); ss -Hlntu "sport = :$port" | grep -q .; do :; done
    echo "$port"
}

# What is started in the background must be the program itself, which is ended by its id.
start_server() {
    port[server]=$(free_port)
    taskset -c 0 "$built/responder" "${port[server]}" &
    process[server]=$!
}

start() { # NAME PORT COMMAND…
    local name=$1
    port[$name]=$2
    shift 2
    taskset -c "$last" "$@" >"$work/$name.log" 2>&1 &
    process[$name]=$!
}

stop() { # NAME
    kill "${process[$1]}" 2>/dev/null || true
    wait "${process[$1]}" 2>/dev/null || true
    unset "process[$1]"
}

load() { # NAME OPTION…
    local name=$1
    shift
    taskset -c 0 "$built/load" "$@" "${port[$name]}"
}

await() { # NAME: until it answers
    local attempt
    for ((attempt = 0; ; attempt++)); do
        kill -0 "${process[$1]}" 2>/dev/null || fail "$1 does not run: $(tail -n 3 "$work/$1.log")"
        load "$1" -r 20 -s 0.05 >/dev/null 2>&1 && break
        ((attempt < 40)) || fail "$1 does not answer: $(tail -n 3 "$work/$1.log")"
        sleep 0.2
    done
}

# Nanoseconds on a processor, user and system, of all threads.
cpu() { cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
resident() { awk '/^VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }

machine() {
    echo "$(date -u +%F), Linux $(uname -r), $(nproc) processors, commit $(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)"
}
