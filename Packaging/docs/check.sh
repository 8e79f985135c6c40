#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fails, naming FILE:LINE, when a page says what is not so: a link that leads nowhere, a `pharos`
# verb or option or a `make` target that does not exist, a page or table of names that is not what
# `pharos reference` prints (check.sh --write BINARY mends those); and runs every block of code:
#
#   ```lua    "-- pharos.lua" in its first line: a configuration; `pharos validate` takes it, which
#             calls its policies and tries its checks. "-- test.lua": `pharos test` passes it. Any
#             other is a fragment, and fragment.test.lua runs it and calls what it makes; one with
#             "-- fails: WORDS" in it is to fail with these words.
#   ```sh     each `pharos` and `make` is there with its options; `pharos validate` is run with the
#             page's configuration, and `pharos test` with what is in the repository.
#   ```text, ```json     what is printed; nothing else may begin a block.
#
# Usage: check.sh [--write] [PHAROS-BINARY]     without one, what needs no daemon
# DOCS_PAGES names other pages than the repository's (planted.sh).
set -eu
write=
[ "${1:-}" = --write ] && { write=1; shift; }
binary=${1:-}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/failed"

pages=${DOCS_PAGES:-$(find README.md CHANGELOG.md Docs Policies Examples -name '*.md' 2>/dev/null | LC_ALL=C sort)}

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

# A block says what it is.
awk '
FNR == 1 { inside = 0 }
/^ *```/ {
    if (!inside && $0 !~ /^ *```(lua|sh|text|json)$/) print FILENAME ":" FNR "\t" $0
    inside = !inside
}' $pages | while IFS='	' read -r place fence; do
    complain "$place" "a block is \`\`\`lua, sh, text or json, not '$fence'"
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

# The first complaint of what was run, without the scratch file's own name.
words() { sed -n "s|^ *||; s|^$1:|line |; s|^warning: ||; /^$/d; /^FAIL /d; p; q" "$work/message"; }

touch "$work/configurations" "$work/tests" "$work/fragments" "$work/shell-run"
counted() { wc -l <"$work/$1"; }

# A fragment is run with a line behind it that hands over the functions it makes at the margin.
fragment() { # FILE PLACE
    sed -n -E 's/^(local )?function ([A-Za-z_]+)\(([A-Za-z_]*).*/__made("\2", "\3", \2)/p
        s/^([A-Za-z_]+) = function\(([A-Za-z_]*).*/__made("\1", "\2", \1)/p' "$1" >"$work/made"
    cp "$1" "$work/fragment"
    tr '\n' ' ' <"$work/made" >>"$work/fragment"
    wanted=$(sed -n 's/.*-- fails: //p' "$1")
    if "$binary" test --set "fragment=$work/fragment" Packaging/docs/fragment.test.lua >"$work/message" 2>&1; then
        [ -z "$wanted" ] || complain "$2" "it does not fail with '$wanted'"
    elif [ -z "$wanted" ] || ! grep -qF -- "$wanted" "$work/message"; then
        complain "$2" "$(sed -n "/^FAIL/{n; s/^ *//; s|.*fragment.test.lua:[0-9]*: ||; s|$work/fragment:|line |; p; q}" "$work/message")"
    fi
}

# Runs what a page's block of shell says when all it needs is here.
shell() { # PLACE WORDS
    page=${1%:*}
    case $2 in
    "validate -c "*)
        file=$(grep -lx -e '-- pharos.lua' "$work/$(echo "$page" | tr / %)":*.lua 2>/dev/null | head -n 1)
        [ -n "$file" ] || return 0
        "$binary" validate -c "$file" >"$work/message" 2>&1 || complain "$1" "$(words "$file")"
        ;;
    "test "*Policies) eval "\"\$binary\" test --quiet ${2#test }" >"$work/message" 2>&1 || complain "$1" "$(tail -n 1 "$work/message")" ;;
    *) return 0 ;;
    esac
    echo "$1" >>"$work/shell-run"
}

if [ -n "$binary" ]; then
    [ -n "${DOCS_PAGES:-}" ] || reference
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
        place=$(basename "$file" .lua | tr '%' '/')
        first=$(head -n 1 "$file")
        case $file in Examples/*) place=$file first="-- pharos.lua" ;; esac
        case $first in
        "-- pharos.lua"*)
            echo "$place" >>"$work/configurations"
            "$binary" validate -c "$file" >"$work/message" 2>&1 || complain "$place" "$(words "$file")"
            ;;
        "-- test.lua"*)
            echo "$place" >>"$work/tests"
            "$binary" test "$file" >"$work/message" 2>&1 || complain "$place" "$(sed -n '/^FAIL/{n; s/^ *//; s|^[^:]*:[^:]*:||; p; q}' "$work/message")"
            ;;
        *)
            echo "$place" >>"$work/fragments"
            fragment "$file" "$place"
            ;;
        esac
    done
    commands pharos | while IFS='	' read -r place words; do shell "$place" "$words"; done
    echo "docs: run: $(counted configurations) configurations, $(counted tests) files of tests," \
        "$(counted fragments) fragments, $(counted shell-run) commands;" \
        "looked up: $(commands pharos | wc -l) lines of pharos, $(commands make | wc -l) of make;" \
        "shown only: $(grep -hE '^ *```(text|json)$' $pages | wc -l) blocks of text"
fi
[ ! -s "$work/failed" ]
