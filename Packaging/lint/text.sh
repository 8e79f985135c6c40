#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fails, naming FILE:LINE, on what a reader should never meet: a source file without its licence
# line, longer than 600 lines, or with a note that somebody meant to do something later.
# Warns beyond 300 lines. Usage: text.sh [REPOSITORY]
set -eu
cd "${1:-$(dirname "$0")/../..}"

# Hand-written text that we own, whether or not it is committed yet. Fixtures are other people's
# bytes; a generated file says so in its first line and may be long.
files() {
    find Package.swift Makefile .ci Sources Tests Policies Examples Packaging Benchmarks -type f \
        \( -name '*.swift' -o -name '*.c' -o -name '*.h' -o -name '*.lua' -o -name '*.sh' \
        -o -name 'Makefile' -o -path '.ci/*' \) \
        ! -path '*/Fixtures/*' ! -path '*/.build/*' 2>/dev/null | LC_ALL=C sort
}

files | awk '
function complain(number, message) {
    print file ":" number ": " message > "/dev/stderr"
    failures++
}
{
    file = $0
    number = 0
    licensed = generated = 0
    while ((getline line < file) > 0) {
        number++
        if (number <= 2 && line ~ /SPDX-License-Identifier: Apache-2\.0/) licensed = 1
        if (number <= 2 && line ~ /[Gg]enerated/) generated = 1
        # Written with brackets so that this line does not find itself.
        if (line ~ /(^|[^A-Za-z_])([T]ODO|[F]IXME|[X]XX|[H]ACK)([^A-Za-z_]|$)/)
            complain(number, "do it, or open an issue: no notes to be done later")
        if (file !~ /Makefile$/ && line ~ /\t/ && file ~ /\.(swift|lua)$/)
            complain(number, "a tab: indent with four spaces")
        if (line ~ /[ \t]+$/) complain(number, "spaces at the end of the line")
    }
    close(file)
    # A tools version or #! may come first.
    if (!licensed) complain(1, "the first line is SPDX-License-Identifier: Apache-2.0")
    if (number > 600 && !generated) complain(number, number " lines; the limit is 600: find the second topic in it")
    else if (number > 300 && !generated) print file ": warning: " number " lines (soft limit 300)"
    count++
}
END {
    if (!count) { print "text: no files found" > "/dev/stderr"; exit 1 }
    exit failures > 0
}'
