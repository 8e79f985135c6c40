#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What queries notice of a reload, and of a policy that never returns: a thousand reloads under load
# with a BGP session to BIRD, then the same load while one client asks what the policy loops at.
#
# Usage: reloads.sh PHAROS-BINARY      RELOADS=1000 RATE=5000 SECONDS_EACH=5
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pharos=${1:?usage: reloads.sh PHAROS-BINARY}
reloads=${RELOADS:-1000} rate=${RATE:-5000} seconds=${SECONDS_EACH:-5}
source "$here/lib.sh"
need bird birdc clang ss
build_floor
start_server

bgp=$(free_port)
cat >"$work/bird.conf" <<BIRD
router id 10.0.0.9;
protocol device {}
protocol bgp peer {
  local 127.0.0.9 port $bgp as 65001;
  neighbor 127.0.0.1 as 65002;
  multihop; passive on; hold time 9;
  ipv4 { import all; export none; };
}
BIRD
taskset -c 0 bird -f -c "$work/bird.conf" -s "$work/bird.sock" -P "$work/bird.pid" >"$work/bird.log" 2>&1 &
process[bird]=$!
bird() { birdc -s "$work/bird.sock" show protocols all peer; }
# Announced and withdrawn, and since when the session stands.
updates() { bird | awk '/Import (updates|withdraws):/ { sum += $3 } END { print sum + 0 }'; }
since() { bird | awk '$1 == "peer" { print $5, $6 }'; }

configure() { # ROUND
    cat <<LUA
setLocal("127.0.0.1:${port[pharos]}")
newServer{address = "127.0.0.1:${port[server]}", name = "one", weight = $(($1 + 1))}
setServerPolicyLua("round$1", function(servers, dq)
    -- The first letter of the names that the broken client asks for.
    if dq.qname:toString():byte(1) == 120 then while true do end end
    return servers[1]
end)
setRouterID("10.0.0.1")
newNeighbor{address = "127.0.0.9", port = $bgp, localAddress = "127.0.0.1",
            peerAS = 65001, localAS = 65002, multihop = 2}
for last = 1, 10 do
    announce{prefix = "192.0.2." .. last .. "/32", nextHop = "192.0.2.1", when = "always",
             requireAddress = false}
end
LUA
}

port[pharos]=$(free_port)
configure 0 >"$work/pharos.lua"
STATE_DIRECTORY=$work start pharos "${port[pharos]}" "$pharos" run -c "$work/pharos.lua" \
    --control "$work/pharos.sock" --workers 2
await pharos
for ((attempt = 0; $(updates) < 10; attempt++)); do
    ((attempt < 150)) || fail "BIRD has not the routes: $(tail -n 3 "$work/pharos.log")"
    sleep 0.1
done
load pharos -s 1 -r "$rate" >/dev/null
session=$(since) count=$(updates)

echo "$(machine), 2 workers, $rate queries/s"
echo
taskset -c 0 "$built/load" -r "$rate" -s 3600 "${port[pharos]}" >"$work/load" &
process[load]=$!
started=$SECONDS
for ((round = 1; round <= reloads; round++)); do
    configure "$round" >"$work/pharos.lua"
    "$pharos" reload --control "$work/pharos.sock" >"$work/reload.log" 2>&1 ||
        fail "reload $round: $(tail -n 3 "$work/reload.log")"
done
elapsed=$((SECONDS - started))
kill -INT "${process[load]}"
wait "${process[load]}"
unset "process[load]"
read -r answered lost _ p50 p99 p999 _ <"$work/load"
[ "$(since)" = "$session" ] && transitions=0 || transitions="the session was reset"
echo "| $reloads reloads in $elapsed s | |"
echo "| --- | ---: |"
echo "| queries answered | $answered |"
echo "| queries lost | $lost |"
echo "| session transitions at BIRD | $transitions |"
echo "| routes updated at BIRD | $(($(updates) - count)) |"
echo "| latency p50, p99, p99.9 µs | $p50, $p99, $p999 |"
echo

# Others' latency without and with the client that the policy loops for.
echo "| a policy that never returns | p50 µs | p99 µs | p99.9 µs | largest µs | lost |"
echo "| --- | ---: | ---: | ---: | ---: | ---: |"
row() { # LABEL FILE
    awk -v label="$1" '{ print "| " label " | " $4 " | " $5 " | " $6 " | " $7 " | " $2 " |" }' "$2"
}
load pharos -r "$rate" -s "$seconds" >"$work/before"
taskset -c 0 "$built/load" -x -c 1 -r 50 -s "$seconds" "${port[pharos]}" >"$work/broken" &
process[load]=$!
load pharos -r "$rate" -s "$seconds" >"$work/during"
wait "${process[load]}"
unset "process[load]"
row "others, without it" "$work/before"
row "others, while it is asked" "$work/during"
row "the client that asks it" "$work/broken"
echo
"$pharos" status --json --control "$work/pharos.sock" |
    tr -d '\n ' | grep -oE '"policies":\[[^]]*\]' | grep -oE '"(calls|timeouts|fallbacks)":[0-9]+' | tr '\n' ' ' || true
echo
