#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A lint that cannot fail is worth nothing: plants one violation of each kind in a scratch tree and
# fails unless each is found, with its file and line.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
licence='// SPDX-License-Identifier: Apache-2.0'

plant() { # FILE EXPECTED-LINE TEXT…
    file=$1 expected="$1:$2:"
    shift 2
    mkdir -p "$tree/$(dirname "$file")"
    printf '%s\n' "$@" >"$tree/$file"
    if sh "$here/$check.sh" "$tree" 2>"$tree/found" >/dev/null; then
        echo "planted.sh: $check.sh let $file pass" >&2
        exit 1
    fi
    grep -qF "$expected" "$tree/found" || {
        echo "planted.sh: $check.sh does not name $expected" >&2
        cat "$tree/found" >&2
        exit 1
    }
    rm "$tree/$file"
}

check=imports
plant Sources/Proxy/Package.swift 2 "$licence" 'import NIOCore'
plant Sources/BGPSpeaker/Script.swift 3 "$licence" 'import Glibc' 'internal import LuaRuntime'
plant Sources/Health/Clock.swift 1 '@preconcurrency import struct Foundation.Date'
plant Tests/DNSWireTests/Socket.swift 1 '@testable import Proxy'
plant Sources/Oracle/Unlisted.swift 1 "$licence"
plant Sources/CLinux/Script.c 1 '#include <lua5.4/lua.h>'
plant Sources/CLua/include/CLua.h 1 '#include "lua.h"'

check=text
plant Sources/Proxy/Unlicensed.swift 1 'import Glibc'
plant Sources/Proxy/Later.swift 2 "$licence" "// TO""DO: the rest"
plant Sources/Proxy/Long.swift 602 "$licence" "$(yes '//' | head -n 601)"
plant Policies/spaces/spaces.lua 2 "-- ${licence#// }" 'local x = 1 '
