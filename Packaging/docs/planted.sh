#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A check that cannot fail is worth nothing: gives check.sh one page with one mistake of each kind and
# fails unless each is found, with its file and line.
# Usage: planted.sh PHAROS-BINARY
set -eu
here=$(cd "$(dirname "$0")" && pwd)
binary=$1
page=$(mktemp --suffix=.md)
trap 'rm -f "$page" "$page.found"' EXIT

plant() { # LINE WORDS TEXT…
    line=$1 expected=$2
    shift 2
    printf '%s\n' "$@" >"$page"
    if DOCS_PAGES=$page sh "$here/check.sh" "$binary" >"$page.found" 2>&1; then
        echo "planted.sh: check.sh let this pass: $*" >&2
        exit 1
    fi
    grep -F "$page:$line: " "$page.found" | grep -qF "$expected" || {
        echo "planted.sh: check.sh does not say '$expected' of line $line:" >&2
        cat "$page.found" >&2
        exit 1
    }
}

plant 1 'is ```lua, sh, text or json' '```' 'pharos status' '```'
plant 3 'near' '# Page' '' '```lua' 'x = = 1' '```'
plant 1 "there is no function 'newSever'" '```lua' '-- pharos.lua' 'newSever{}' '```'
plant 1 'expected 2, got 1' '```lua' '-- test.lua' 'test("t", function() expect(1, 2) end)' '```'
plant 1 'nothing' '```lua' 'local function p(servers, dq)' '    return nothing.there' 'end' '```'
plant 1 'a check: ' '```lua' 'run = function(ctx)' '    return ctx.nmae' 'end' '```'
plant 1 'a rule: ' '```lua' 'local function r(node)' '    return nothing' 'end' '```'
plant 1 "unknown key 'intervall'" '```lua' 'newCheck{name = "a", intervall = 1, run = print}' '```'
plant 2 'no such verb: pharos fly' '```sh' 'pharos fly' '```'
plant 2 'pharos status has no --colour' '```sh' 'pharos status --colour' '```'
plant 6 "there is no function 'newSever'" '```lua' '-- pharos.lua' 'newSever{}' '```' '```sh' \
    'pharos validate -c pharos.lua' '```'
