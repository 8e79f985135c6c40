# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What is measured: the floors, dnsdist and Pharos with the same configuration file, in each variant.
# Sourced by run.sh, after lib.sh.

# The planned policy, which dnsdist has not, does what the built-in one does, among the servers of the
# first tier.
plan=$here/../Policies/orderedLeastOutstanding/orderedLeastOutstanding.planned.lua
cache="getPool(''):setCache(newPacketCache(200000))"

configure() { # PORT SERVERS [LINE…]
    local number=$1 servers=$2 i check=
    shift 2
    # Checks of many servers every second would be measured with the queries, and dnsdist reserves 20 MB
    # for what may be outstanding at each.
    if [ "$servers" -gt 10 ]; then
        check=", checkInterval=60"
        echo "setMaxUDPOutstanding(2000)"
    fi
    echo "setLocal('127.0.0.1:$number', {reusePort=true, maxInFlight=1000})"
    echo "setACL({'127.0.0.0/8'})"
    for ((i = 1; i <= servers; i++)); do
        echo "newServer{address='127.0.0.1:${port[server]}', name='s$i', order=$((1 + i / 5)), weight=$((i * 10))$check}"
    done
    printf '%s\n' "$@"
}

start_dnsdist() { # VARIANT SERVERS [LINE…]
    local name=dnsdist-$1 number servers=$2
    shift 2
    number=$(free_port)
    configure "$number" "$servers" "$@" >"$work/$name.conf"
    # A listener is a thread of dnsdist's.
    [ "$name" != dnsdist-workers ] || echo "addLocal('127.0.0.1:$number', {reusePort=true})" >>"$work/$name.conf"
    start "$name" "$number" dnsdist --supervised --disable-syslog -C "$work/$name.conf"
}

start_pharos() { # VARIANT SERVERS WORKERS [LINE…]
    [ -n "$pharos" ] || return 0
    local name=pharos-$1 number servers=$2 workers=$3
    shift 3
    number=$(free_port)
    configure "$number" "$servers" "$@" >"$work/$name.lua"
    STATE_DIRECTORY=$work start "$name" "$number" "$pharos" run -c "$work/$name.lua" \
        --control "$work/$name.sock" --workers "$workers"
}

# A variant's peers, each under the name of its row.
start_variant() { # VARIANT
    case $1 in
    floor)
        local number
        number=$(free_port)
        start relay "$number" "$built/relay" "$number" "${port[server]}"
        number=$(free_port)
        start reflector "$number" "$built/responder" "$number"
        ;;
    built-in)
        start_dnsdist built-in 6
        start_pharos built-in 6 1
        ;;
    planned) start_pharos planned 6 1 "setServerPolicy(newPlannedPolicy('ordered', dofile('$plan')))" ;;
    Lua)
        start_dnsdist Lua 6 "dofile('$here/tiered.lua')"
        start_pharos Lua 6 1 "dofile('$here/tiered.lua')"
        ;;
    cache)
        start_dnsdist cache 6 "$cache"
        start_pharos cache 6 1 "$cache"
        ;;
    workers)
        start_dnsdist workers 6
        start_pharos workers 6 2
        ;;
    memory)
        start_dnsdist memory 6 "$cache"
        start_pharos memory 6 2 "$cache"
        ;;
    [0-9]*)
        start_dnsdist "$1" "$1"
        start_pharos "$1" "$1" 1
        ;;
    esac
}
