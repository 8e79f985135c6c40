#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What a decision costs, in microseconds: the shipped policies in Lua for each query beside their text
# in bare Lua 5.4, planned ones beside built-in ones.
#
# Usage: policies.sh POLICYBENCH-BINARY       ROUNDS=9 SLICES=40 of 0.2 ms each in a round
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bench=${1:?usage: policies.sh POLICYBENCH-BINARY}
rounds=${ROUNDS:-9} slices=${SLICES:-40}

echo "$(date -u +%F), Linux $(uname -r), $(nproc) processors, commit $(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)," \
    "Lua 5.4 of the system, one thread, two thirds of the servers in the first tier, $rounds rounds (processes) of $slices slices of 0.2 ms each"
echo "Median of the rounds [smallest…largest], processor time; ratios are of the same round."
echo
last=$(($(nproc) - 1))
for ((round = 1; round <= rounds; round++)); do
    SLICES=$slices taskset -c "$last" "$bench" "$here/.." | sed "s/^/$round /"
done | awk -f "$here/summary.awk" -f "$here/policies.awk"
