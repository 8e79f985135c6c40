#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The daemon between lying clients and lying servers, an honest client beside them. Fails when it dies,
# when the honest client is told something wrong or nothing, and when memory or descriptors grow.
#
# Usage: run.sh PHAROS-BINARY
#   QUERIES=10000000 RATE=60000 SEED=…     of the clients over UDP; queries a second; repeats the lies
#   GROWTH=24576                           KiB of memory that may be added after the first tenth
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pharos=${1:?usage: run.sh PHAROS-BINARY}
queries=${QUERIES:-10000000} rate=${RATE:-60000} seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
growth=${GROWTH:-24576}
work=$(mktemp -d)
processes=()

stop_all() {
    for id in "${processes[@]}"; do kill "$id" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop_all EXIT
fail() {
    echo "soak: $*; SEED=$seed" >&2
    tail -n 30 "$work/pharos.log" >&2
    exit 1
}

command -v clang >/dev/null || { echo "soak: clang is not installed" >&2; exit 1; }
for program in liar flood; do
    clang -O2 -Wall -o "$work/$program" "$here/$program.c" -lpthread
done

ports=()
while [ ${#ports[@]} -lt 6 ]; do
    port=$((20000 + RANDOM % 12000))
    [[ " ${ports[*]} " == *" $port "* ]] && continue
    ss -Hlntu "sport = :$port" | grep -q . || ports+=("$port")
done
sed -e "s/@PORT@/${ports[0]}/g; s/@WEB@/${ports[1]}/g" \
    -e "s/@SERVER1@/${ports[2]}/g; s/@SERVER2@/${ports[3]}/g" \
    -e "s/@SERVER3@/${ports[4]}/g; s/@SERVER4@/${ports[5]}/g" "$here/pharos.lua" >"$work/pharos.lua"

corpus=$here/../Corpus/dns
"$work/liar" "$corpus" "$seed" "${ports[@]:2}" & processes+=($!)
STATE_DIRECTORY=$work "$pharos" run -c "$work/pharos.lua" --control "$work/control.sock" \
    >"$work/pharos.log" 2>&1 &
daemon=$!
processes+=("$daemon")
for _ in $(seq 150); do
    grep -q '^ready' "$work/pharos.log" && break
    kill -0 "$daemon" 2>/dev/null || fail "the daemon did not start"
    sleep 0.1
done
grep -q '^ready' "$work/pharos.log" || fail "the daemon is not ready"

echo "soak: $queries queries over UDP at $rate a second, SEED=$seed"
status=0
"$work/flood" "$corpus" "$seed" "${ports[0]}" "$queries" "$rate" "$daemon" \
    "$work/control.sock" "${ports[1]}" >"$work/figures" 2>"$work/complaints" || status=$?
cat "$work/figures"
cat "$work/complaints" >&2
kill -0 "$daemon" 2>/dev/null || fail "the daemon died"
"$pharos" status --json --control "$work/control.sock" >"$work/status.json" \
    || fail "the daemon does not answer for its status"
echo "counters:"
sed -nE '/"counters"/,/}/p' "$work/status.json" | grep -oE '"[a-z0-9-]+" ?: ?[1-9][0-9]*' \
    | tr -d '" ' | sed 's/^/  /'
[ $status -eq 0 ] || fail "the honest client was told something wrong, or nothing"

# A tenth of the way everything that is kept (caches, rings, tables) has its size.
value() { sed -E "s/.* $1 ([0-9]+).*/\1/" <<<"$2"; }
last=$(tail -n 1 "$work/figures")
first=$(awk -v tenth=$((queries / 10)) '$2 >= tenth' "$work/figures" | head -n 1)
[ "$(value rss-kib "$last")" -le $(($(value rss-kib "$first") + growth)) ] || fail "memory grows"
[ "$(value descriptors "$last")" -le $(($(value descriptors "$first") + 64)) ] \
    || fail "descriptors are lost"

kill "$daemon"
ended=0
wait "$daemon" || ended=$?
[ $ended -eq 0 ] || fail "the daemon ended with $ended"
if grep -qE 'Fatal error|Sanitizer' "$work/pharos.log"; then fail "the daemon's log tells of a fault"; fi
echo "soak: passed"
