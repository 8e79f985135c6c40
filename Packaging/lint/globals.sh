#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Compares the names that luacheck takes for granted (.luacheckrc) with those of the reference, which
# a test compares with what Sources/Scripting really defines. dnsdist's names without effect and
# those of Lua 5.1 are for ported files, not ours.
# Usage: globals.sh [--write] [REPOSITORY]     --write puts the list into .luacheckrc
set -eu
write=
[ "${1:-}" = --write ] && { write=1; shift; }
cd "${1:-$(dirname "$0")/../..}"
entries=Sources/Scripting/Reference/Entries
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Signatures stand at eight spaces, what is told of them deeper. No dot: a global. What functions are
# given (dq, dr, ctx) is none.
find "$entries" -name '*.swift' ! -name LanguageReference.swift -exec cat {} + | awk '
    function flush(  i) {
        if (!silent) for (i = 1; i <= count; i++) print names[i]
        count = silent = told = 0
    }
    /^        [A-Za-z]/ {
        if (told) flush()
        name = substr($0, 9)
        sub(/[({ ,].*/, "", name)
        sub(/→.*/, "", name)
        if (name ~ /^[A-Za-z0-9_]+$/ && name !~ /^(dq|dr|ctx|dnsdist)$/) names[++count] = name
        next
    }
    /^            / { told = 1; if ($1 ~ /^(refused:)$/ || $0 ~ /^ *without effect:/) silent = 1 }
    /^    static let|^}/ { flush() }
' | LC_ALL=C sort -u >"$work/wanted"
[ -s "$work/wanted" ] || { echo "globals.sh: no names in $entries" >&2; exit 1; }

awk -v list="$work/wanted" '
    /read_globals = \{$/ && !done {
        print; done = skip = 1
        line = "       "
        while ((getline name < list) > 0) {
            word = " \"" name "\","
            if (length(line word) > 100) { print line; line = "       " }
            line = line word
        }
        print line
        next
    }
    skip && /^    \},/ { skip = 0 }
    !skip { print }
' .luacheckrc >"$work/luacheckrc"

[ -n "$write" ] && cp "$work/luacheckrc" .luacheckrc
cmp -s "$work/luacheckrc" .luacheckrc || {
    diff .luacheckrc "$work/luacheckrc" >&2 || true
    echo ".luacheckrc and $entries differ; Packaging/lint/globals.sh --write mends it" >&2
    exit 1
}
