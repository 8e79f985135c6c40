#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages named on the command line that are not there yet; does nothing, and
# needs no rights, when all are. Usage: need.sh PACKAGE…
set -eu

missing() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q ' ok installed$' || echo "$package"
    done
}

command -v dpkg-query >/dev/null || {
    echo "need.sh: this is not a Debian system; install by hand: $*" >&2
    exit 1
}
wanted=$(missing "$@")
[ -n "$wanted" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "need.sh: as root, please: apt-get install -y" $wanted >&2
        exit 1
    }
    as_root="sudo"
fi

# A package's own service must not start here: a BIRD or BIND of the system would take ports that
# the operator's own daemons use. policy-rc.d is Debian's way to say so; 101 is "not allowed".
installs() {
    $as_root env DEBIAN_FRONTEND=noninteractive sh -c '
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            printf "#!/bin/sh\nexit 101\n" >"$policy"
            chmod 755 "$policy"
            trap "rm -f $policy" EXIT
        fi
        apt-get install -qq -y --no-install-recommends "$@" >/dev/null' sh $wanted
}
echo "installing" $wanted
installs || { $as_root apt-get update -qq && installs; }

still=$(missing "$@")
[ -z "$still" ] || {
    echo "need.sh: not installed:" $still >&2
    exit 1
}
