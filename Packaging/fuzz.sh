#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes the parsers of outside bytes with libFuzzer and the address sanitizer, one target after the
# other, from the corpus in Tests/Corpus. An input that breaks something is written as a corpus file.
#
# Usage: fuzz.sh [TARGET …]              all targets unless named
#   SECONDS_EACH=60 RUNS=-1 SEED=0       of each target; RUNS ends it after so many inputs
#   REPLAY=FILE                          runs the named targets on a corpus file, nothing else
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60} runs=${RUNS:--1} seed=${SEED:-0} replay=${REPLAY:-}
scratch=.build-fuzz
found=$scratch/found
mkdir -p "$found"

# -sanitize=fuzzer for the compiler makes the coverage; SwiftPM's own switch links libFuzzer.
PHAROS_FUZZ=1 swift build -c release --scratch-path "$scratch" --product FuzzGuided \
    --sanitize=address --sanitize=fuzzer -Xswiftc -sanitize=fuzzer >"$scratch/build.log" 2>&1 \
    || { tail -n 30 "$scratch/build.log" >&2; exit 1; }
program=$scratch/release/FuzzGuided
# libFuzzer tells of a crash itself; Swift's own report would keep it from writing the input.
export SWIFT_BACKTRACE=enable=no

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    read -ra targets <<<"$(PHAROS_FUZZ_TARGET=list "$program" 2>&1 || true)"
fi
if [ -n "$replay" ]; then
    for target in "${targets[@]}"; do
        PHAROS_FUZZ_TARGET=$target PHAROS_FUZZ_REPLAY=$replay "$program"
    done
    exit 0
fi

failed=()
for target in "${targets[@]}"; do
    work=$scratch/$target
    mkdir -p "$work/seeds" "$work/corpus" "$work/crashes"
    status=0
    PHAROS_FUZZ_TARGET=$target PHAROS_FUZZ_SEEDS=$work/seeds "$program" \
        "$work/corpus" "$work/seeds" -max_total_time="$seconds" -runs="$runs" -seed="$seed" \
        -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$work/crashes/" >"$work/log" 2>&1 || status=$?
    grep -E '^#[0-9]+.*(DONE|pulse|NEW|REDUCE)' "$work/log" | tail -n 1 \
        | sed -E "s/^#([0-9]+).*cov: ([0-9]+).*corp: ([0-9]+).*exec.s: ([0-9]+).*rss: ([0-9]+).*/$target: \1 inputs, \4 a second, \2 places reached, \3 inputs kept, \5 MiB/"
    grep -E "^$target: [0-9]" "$work/log" || true
    if [ "$status" -ne 0 ]; then
        failed+=("$target")
        grep -E 'Fatal error|ERROR: |SUMMARY' "$work/log" | head -n 5 >&2 || true
        for input in "$work"/crashes/*; do
            [ -f "$input" ] || continue
            text=$found/$target-$(basename "$input").txt
            { echo "# found by make fuzz: say here what it is"; od -An -v -tx1 -w48 "$input"; } >"$text"
            echo "fuzz: $target is broken by $text; replay: make fuzz TARGETS=$target REPLAY=$text" >&2
        done
    fi
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "fuzz: ${failed[*]} failed; move the inputs to Tests/Corpus when they are mended" >&2
    exit 1
fi
