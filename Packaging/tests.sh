#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test target in a process of its own, one after the other: budgets of scripts are told by
# a signal, which would interrupt the blocking sockets that other suites play peers with, and suites
# that wait would keep each other from running on two cores.
#
#   Packaging/tests.sh [TARGET …]     without targets: all, in the order of Package.swift
set -uo pipefail
cd "$(dirname "$0")/.."

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(grep -oE '"[A-Za-z]+Tests"' Package.swift | tr -d '"' | awk '!seen[$0]++')
fi
[ ${#targets[@]} -gt 0 ] || { echo "tests.sh: Package.swift names no test target" >&2; exit 1; }

swift build --build-tests || exit 1
failed=()
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
    echo "== $target"
    start=$SECONDS
    # With sockets one test after the other: a speaker that still calls a port whose listener is gone
    # would reach the next test that is given this port.
    order=()
    [[ $target =~ ^(Probing|BGPSpeaker|Proxy|Streams|TestPeers|Laboratory|Scenario)Tests$ ]] && order=(--no-parallel)
    swift test --skip-build "${order[@]}" --filter "^$target\\." >"$log" 2>&1
    status=$?
    grep -E '^✘|error:|Fatal error|crashed' "$log" | cut -c1-500
    if ! grep -E 'Test run with [1-9][0-9]* tests? .*(passed|failed)' "$log"; then
        status=1
        echo "$target: no test ran to its end; the last lines were:"
        tail -n 30 "$log" | cut -c1-300
    fi
    [ $status -eq 0 ] || failed+=("$target")
    echo "== $target took $((SECONDS - start)) s"
done

if [ ${#failed[@]} -gt 0 ]; then
    echo "tests: ${#failed[@]} of ${#targets[@]} targets failed: ${failed[*]}" >&2
    exit 1
fi
echo "tests: all ${#targets[@]} targets passed"
