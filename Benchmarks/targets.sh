#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The aims of the design beside what run.sh found last: "row, aim, measured, met?".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ -s "$here/.build/results" ] || { echo "bench: run Benchmarks/run.sh first" >&2; exit 1; }
echo "The aims, by the medians of the run above [smallest…largest]:"
echo
awk -f "$here/summary.awk" -f "$here/targets.awk" "$here/.build/results"
