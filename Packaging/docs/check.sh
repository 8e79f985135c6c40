#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fails, naming FILE:LINE, when a page says what is not so: a link that leads nowhere, a `pharos`
# verb or option or a `make` target that does not exist, Lua that does not parse, a complete
# configuration (its first line is "-- pharos.lua") that the daemon refuses, a page or table of names
# that is not what `pharos reference` prints (check.sh --write BINARY mends those).
# Usage: check.sh [--write] [PHAROS-BINARY]     without one, what needs no daemon
set -eu
write=
[ "${1:-}" = --write ] && { write=1; shift; }
binary=${1:-}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/failed"

pages=$(find README.md CHANGELOG.md Docs Policies Examples -name '*.md' 2>/dev/null | LC_ALL=C sort)

complain() { echo "$1: $2" | tee -a "$work/failed" >&2; }

# FILE:LINE<tab>TARGET for each link that is no address on the network.
links() {
    awk '{
        line = $0
        while (match(line, /\]\([^)]+\)/)) {
            target = substr(line, RSTART + 2, RLENGTH - 3)
            line = substr(line, RSTART + RLENGTH)
            sub(/#.*$/, "", target)
            if (target != "" && target !~ /^[a-z]+:/) print FILENAME ":" FNR "\t" target
        }
    }' $pages
}
links | while IFS='	' read -r place target; do
    [ -e "$(dirname "${place%:*}")/$target" ] || complain "$place" "no such file: $target"
done

# FILE:LINE<tab>VERB [--option …] for what a page tells to type: in code, a word after pharos or make.
commands() { # pharos|make
    awk -v program="$1" '
    FNR == 1 { fenced = 0 }
    /^ *```/ { fenced = !fenced; language = $0; next }
    {
        line = fenced ? (language ~ /lua|json|text/ ? "" : $0) : ""
        if (fenced) sub(/#.*$/, "", line)
        if (!fenced) {
            rest = $0
            while (match(rest, /`[^`]+`/)) {
                line = line "\n" substr(rest, RSTART + 1, RLENGTH - 2)
                rest = substr(rest, RSTART + RLENGTH)
            }
        }
        count = split(line, parts, /\n|\||&&|;/)
        for (i = 1; i <= count; i++) {
            words = parts[i]
            sub(/^[ $]*(sudo )?/, "", words)
            if (words ~ "^(/usr/bin/)?" program " [a-z]") {
                sub("^[^ ]* ", "", words)
                print FILENAME ":" FNR "\t" words
            }
        }
    }' $pages
}
targets=$(sed -n 's/^\([a-z]*\):.*## .*/\1/p' Makefile)
commands make | while IFS='	' read -r place words; do
    for word in ${words%% [A-Z]*}; do
        echo "$targets" | grep -qx "$word" || complain "$place" "no such target: make $word"
        break
    done
done

# Every block of Lua, one file each, named after its place.
awk -v work="$work" '
FNR == 1 { inside = 0 }
/^ *```lua/ { inside = 1; file = FILENAME; gsub("/", "%", file); file = work "/" file ":" FNR ".lua"; printf "" > file; next }
/^ *```/ { if (inside) close(file); inside = 0; next }
inside { print > file }' $pages
for block in "$work"/*.lua; do
    [ -e "$block" ] || continue
    place=$(basename "$block" .lua | tr '%' '/')
    luac5.4 -p "$block" 2>"$work/message" || complain "$place" "$(sed 's/^[^:]*:[^:]*:[^:]*: *//' "$work/message")"
done

# Docs/script-reference.md as a whole, and a table between two comments of the porting page.
reference() {
    "$binary" reference --format script >"$work/script.md"
    "$binary" reference --format porting >"$work/table.md"
    awk -v table="$work/table.md" '
        /^<!-- end of the table -->/ { inside = 0 }
        !inside { print }
        /^<!-- pharos reference --format porting -->/ {
            inside = 1
            while ((getline line < table) > 0) print line
        }' Docs/porting-from-dnsdist.md >"$work/porting.md"
    for page in "script script-reference" "porting porting-from-dnsdist"; do
        made=$work/${page% *}.md place=Docs/${page#* }.md
        [ -n "$write" ] && cp "$made" "$place"
        cmp -s "$made" "$place" || complain "$place:1" "not what pharos reference --format ${page% *} prints; Packaging/docs/check.sh --write BINARY mends it"
    done
}

if [ -n "$binary" ]; then
    reference
    commands pharos | while IFS='	' read -r place words; do
        verb=${words%% *}
        "$binary" help "$verb" >"$work/help" 2>/dev/null && grep -q "USAGE: pharos $verb" "$work/help" || {
            complain "$place" "no such verb: pharos $verb"
            continue
        }
        for word in $words; do
            case $word in
            --?*) grep -q -- "${word%%=*}" "$work/help" || complain "$place" "pharos $verb has no ${word%%=*}" ;;
            esac
        done
    done
    for file in "$work"/*.lua Examples/*.lua; do
        [ -e "$file" ] || continue
        place=$file
        case $file in
        "$work"/*)
            head -n 1 "$file" | grep -q '^-- pharos.lua' || continue
            place=$(basename "$file" .lua | tr '%' '/')
            ;;
        esac
        "$binary" validate -c "$file" >"$work/message" 2>&1 || complain "$place" "$(head -n 1 "$work/message")"
    done
fi
[ ! -s "$work/failed" ]
