# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What bgp.sh compares, each with its configuration. All call the harness's router, which listens.

peak() { awk '/^VmHWM/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }

begin() { # NAME COMMAND…: beside the harness, not pinned
    local name=$1
    shift
    "$@" >"$work/$name.log" 2>&1 &
    process[$name]=$!
}

run_pharos() { # FILE OPTION…
    STATE_DIRECTORY="$work" begin Pharos "$pharos" run -c "$1" --control "$work/pharos.sock" "${@:2}"
}

# One check that reads the word, a rule for one prefix and `when` for many.
start_pharos() { # tcp:PORT PREFIXES PORT… [OPTION…]
    local word ports=() options=()
    for word in "${@:3}"; do
        if [[ $word == -* ]]; then options+=("$word"); else ports+=("$word"); fi
    done
    {
        neighbors "${ports[@]}"
        cat <<LUA
local trigger = newCheck{
    name = "trigger", interval = 0.02, fastInterval = 0.02, timeout = 0.02, rise = 1, fall = 1,
    run = function()
        return tcp.connect("127.0.0.1:${1#tcp:}"):read("line") == "up"
    end,
}
local prefixes = {}
for number = 0, $2 - 1 do
    prefixes[#prefixes + 1] = string.format("198.18.%d.%d/32", number // 250, number % 250 + 1)
end
local rule = function(node) return node.checks.trigger.up and {med = 100} end
announce{
    prefixes = prefixes, requireAddress = false, reannounceDelay = {first = 0, step = 0},
    when = #prefixes > 1 and trigger or nil, rule = #prefixes == 1 and rule or nil,
}
LUA
    } >"$work/pharos.lua"
    run_pharos "$work/pharos.lua" ${options[@]+"${options[@]}"}
}

neighbors() { # PORT…
    local port number=0
    for port in "$@"; do
        number=$((number + 1))
        echo "newNeighbor{address = '127.0.0.$number', port = $port, peerAS = 65002, localAS = 65001, holdTime = 90}"
    done
}

# The same, saying when the rule had decided.
start_pharos_traced() { start_pharos "$@" -v -v; }

# ExaBGP's file of start_exabgp, unchanged.
start_pharos_helper() { # fifo:PATH PREFIXES PORT…
    exabgp_configuration "$@"
    echo "exabgp{config = '$work/exabgp.conf'}" >"$work/pharos.lua"
    run_pharos "$work/pharos.lua"
}

# A helper that reads the word from the FIFO and prints lines, as ExaBGP's users write them.
start_exabgp() { # fifo:PATH PREFIXES PORT…
    exabgp_configuration "$@"
    # Acknowledgements are off, which ExaBGP's own advice is for helpers that do not read them.
    env exabgp.api.ack=false exabgp.log.level=ERR exabgp.tcp.delay=0 exabgp.daemon.user="$(id -un)" \
        exabgp "$work/exabgp.conf" >"$work/ExaBGP.log" 2>&1 &
    process[ExaBGP]=$!
}

exabgp_configuration() { # fifo:PATH PREFIXES PORT…
    {
        cat <<EXABGP
process words {
    run $built/peer help ${1#fifo:} $2;
    encoder text;
}
EXABGP
        local number=0 port
        for port in "${@:3}"; do
            number=$((number + 1))
            cat <<EXABGP
neighbor 127.0.0.$number {
    router-id 10.0.0.1;
    local-address 127.0.0.1;
    local-as 65001;
    peer-as 65002;
    hold-time 90;
    connect $port;
    family { ipv4 unicast; }
    api { processes [ words ]; }
}
EXABGP
        done
    } >"$work/exabgp.conf"
}

# MARK: Routes

start_pharos_routes() { # PORT
    {
        neighbors "$1"
        cat <<LUA
local prefixes = {}
for number = 0, $routes - 1 do
    prefixes[#prefixes + 1] = string.format(
        "198.%d.%d.%d/32", 18 + number // 65536, number // 256 % 256, number % 256)
    -- A thousand at most in one call.
    if #prefixes == 1000 or number == $routes - 1 then
        announce{prefixes = prefixes, when = "always", requireAddress = false, med = 100}
        prefixes = {}
    end
end
LUA
    } >"$work/pharos.lua"
    run_pharos "$work/pharos.lua"
}

start_bird_routes() { # PORT
    {
        cat <<BIRD
router id 10.0.0.1;
protocol device {}
protocol static {
    ipv4;
BIRD
        awk -v count="$routes" 'BEGIN {
            for (number = 0; number < count; number++)
                printf "    route 198.%d.%d.%d/32 blackhole;\n", 18 + int(number / 65536), int(number / 256) % 256, number % 256
        }'
        cat <<BIRD
}
protocol bgp {
    local 127.0.0.9 as 65001;
    neighbor 127.0.0.1 port $1 as 65002;
    multihop;
    hold time 90;
    connect delay time 1;
    ipv4 { import none; export all; next hop self; };
}
BIRD
    } >"$work/bird.conf"
    begin BIRD bird -f -c "$work/bird.conf" -s "$work/bird.ctl" -P "$work/bird.pid"
}

start_gobgp_routes() { # PORT
    cat >"$work/gobgp.conf" <<GOBGP
[global.config]
  as = 65001
  router-id = "10.0.0.1"
  port = -1
[[neighbors]]
  [neighbors.config]
    neighbor-address = "127.0.0.1"
    peer-as = 65002
  [neighbors.transport.config]
    remote-port = $1
  [neighbors.timers.config]
    hold-time = 90
    connect-retry = 1
GOBGP
    local api
    api=$(free_port)
    begin GoBGP gobgpd -f "$work/gobgp.conf" --api-hosts "127.0.0.1:$api" --pprof-disable
    # Line by line it would take hours: its own client reads a dump (RFC 6396).
    "$here/bgp/routes.py" "$routes" >"$work/routes.mrt"
    until gobgp -u 127.0.0.1 -p "$api" neighbor >/dev/null 2>&1; do
        kill -0 "${process[GoBGP]}" 2>/dev/null || fail "GoBGP: $(tail -n 3 "$work/GoBGP.log")"
        sleep 0.1
    done
    gobgp -u 127.0.0.1 -p "$api" mrt inject global "$work/routes.mrt" --no-ipv6 >/dev/null 2>&1
    until gobgp -u 127.0.0.1 -p "$api" global rib summary | grep -q "Destination: $routes,"; do
        kill -0 "${process[peer]}" 2>/dev/null || fail "GoBGP: $(gobgp -u 127.0.0.1 -p "$api" global rib summary)"
        sleep 0.2
    done
}

# MARK: Keepalives

# A plane that is asked as fast as it goes; `spinning` adds a check that never waits.
start_pharos_busy() { # quiet|spinning PORT…
    port[Pharos]=$(free_port)
    {
        neighbors "${@:2}" | sed 's/holdTime = 90/holdTime = 3/'
        cat <<LUA
setLocal("127.0.0.1:${port[Pharos]}")
newServer{address = "127.0.0.1:${port[server]}"}
LUA
        [ "$1" != spinning ] || cat <<LUA
for number = 1, 4 do
    newCheck{name = "spins" .. number, interval = 0.05, run = function() while true do end end}
end
LUA
    } >"$work/pharos.lua"
    run_pharos "$work/pharos.lua" --workers "$(nproc)"
}

# What the daemon itself says of how late its keepalive timers fired.
lateness() {
    "$pharos" status --json --control "$work/pharos.sock" >"$work/status" 2>/dev/null || return 0
    awk -F '[:,]' '/keepaliveLateness/ { if ($2 + 0 > most) most = $2 + 0 } END { if (most != "") printf "| by its own clock, largest | | ms | | | | %.1f |\n", most }' "$work/status"
}
