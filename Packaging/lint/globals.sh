#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fails when .luacheckrc and the names that Sources/Scripting defines have drifted apart: a name that
# scripts may use and luacheck does not know, or one that luacheck knows and nobody defines.
# dnsdist's calls that are taken without effect (AcceptedNames.swift) are for ported files, not ours.
# Usage: globals.sh [REPOSITORY]
set -eu
cd "${1:-$(dirname "$0")/../..}"
names=Sources/Scripting/Names
failed=0

known=$(sed -n '/read_globals = {$/,/^    },/p' .luacheckrc | sed 's/--.*//' | grep -oE '"[A-Za-z]+"' | tr -d '"' | sort -u)

# The first argument of what defines a global: declare("newServer") …, define("x.y") without a dot.
defined=$(cat $names/*.swift | tr "\n" " " |
    grep -oE '(declare|define|defineSelector|defineAction|setTable|vm\.set)\([[:space:]]*"[A-Za-z]+"' |
    sed 's/.*"\(.*\)"/\1/' | sort -u)

for name in $defined; do
    echo "$known" | grep -qx "$name" || {
        echo ".luacheckrc: $name is defined in $names and not listed" >&2
        failed=1
    }
done
for name in $known; do
    grep -qrw "$name" Sources/Scripting Sources/Declarations/PolicyDeclaration.swift || {
        echo ".luacheckrc: $name is listed and nothing in Sources/Scripting defines it" >&2
        failed=1
    }
done
exit $failed
