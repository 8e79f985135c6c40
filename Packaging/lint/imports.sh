#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fails, naming FILE:LINE, when a file imports a module that its target may not know.
# The table is imports.txt beside this script. Usage: imports.sh [REPOSITORY]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}"

find Sources Tests -type f \( -name '*.swift' -o -name '*.c' -o -name '*.h' \) \
    ! -path '*/Fixtures/*' | LC_ALL=C sort | awk -v table="$here/imports.txt" '
function complain(message) {
    print file ":" number ": " message > "/dev/stderr"
    failures++
}
function allow(target, words,    count, word, i) {
    known[target] = 1
    count = split(words, word, " ")
    for (i = 1; i <= count; i++) allowed[target, word[i]] = 1
}
function matches(pattern, header) {
    if (pattern ~ /\*$/) return index(header, substr(pattern, 1, length(pattern) - 1)) == 1
    return pattern == header
}
function mayImport(target, module,    subject) {
    if (module == "Swift" || module == target || (target, module) in allowed) return 1
    if (target !~ /Tests$/) return 0
    subject = target
    sub(/Tests$/, "", subject)
    return module == subject || (subject, module) in allowed || ("*Tests", module) in allowed
}
function isKnown(target,    subject) {
    if (target in known) return 1
    subject = target
    return sub(/Tests$/, "", subject) && subject in known
}
function checkSwift(target, line,    module, symbol) {
    if (line !~ /^[ \t]*(@[A-Za-z_]+(\([^)]*\))?[ \t]+)*((public|package|internal|fileprivate|private)[ \t]+)?import[ \t]/) return
    module = line
    sub(/^.*import[ \t]+/, "", module)
    sub(/^(struct|class|enum|protocol|func|var|let|typealias|actor)[ \t]+/, "", module)
    symbol = module
    sub(/[^A-Za-z0-9_.].*$/, "", symbol)
    sub(/[^A-Za-z0-9_].*$/, "", module)
    # `import func Glibc.exp` brings in one symbol, which the table may allow alone.
    if (mayImport(target, symbol)) return
    if (!mayImport(target, module)) complain(target " may not import " module " (Packaging/lint/imports.txt)")
}
function checkC(target, line,    header, i) {
    if (line !~ /^[ \t]*#[ \t]*(include|import)/) return
    header = line
    sub(/^[^<"]*[<"]/, "", header)
    sub(/[>"].*$/, "", header)
    for (i = 1; i <= publicCount; i++)
        if (file ~ /\/include\// && matches(public[i], header))
            complain("Swift sees this header; it may not include " header)
    for (i = 1; i <= headerCount; i++)
        if (matches(headers[i], header) && !((headers[i], target) in includer))
            complain(target " may not include " header)
}
BEGIN {
    while ((getline line < table) > 0) {
        sub(/#.*$/, "", line)
        if (line ~ /^[ \t]*$/) continue
        colon = index(line, ":")
        if (line ~ /^public /) {
            publicCount = split(substr(line, 8), public, " ")
        } else if (line ~ /^include /) {
            header = substr(line, 9, colon - 9)
            headers[++headerCount] = header
            count = split(substr(line, colon + 1), word, " ")
            for (i = 1; i <= count; i++) includer[header, word[i]] = 1
        } else {
            allow(substr(line, 1, colon - 1), substr(line, colon + 1))
        }
    }
    close(table)
}
{
    file = $0
    split(file, part, "/")
    target = part[2]
    number = 1
    if (!isKnown(target) && !(target in reported)) {
        reported[target] = 1
        complain("target " target " is not in Packaging/lint/imports.txt")
    }
    number = 0
    while ((getline line < file) > 0) {
        number++
        if (file ~ /\.swift$/) checkSwift(target, line); else checkC(target, line)
    }
    close(file)
    files++
}
END {
    if (!files) { print "imports: no files found" > "/dev/stderr"; exit 1 }
    exit failures > 0
}'
