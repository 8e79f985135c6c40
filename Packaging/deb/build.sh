#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds dist/pharos_VERSION_ARCH.deb around a release binary. Usage: build.sh BINARY
# Needs dpkg-deb and strip; no root.
set -eu
binary=$(realpath "$1")
cd "$(dirname "$0")/../.."
version=$("$binary" --version)
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

install -D -m 755 "$binary" "$root/usr/bin/pharos"
strip "$root/usr/bin/pharos"
install -D -m 644 Packaging/pharos.service "$root/lib/systemd/system/pharos.service"
install -D -m 644 Packaging/pharos.sysusers "$root/usr/lib/sysusers.d/pharos.conf"
install -D -m 640 Packaging/deb/pharos.lua "$root/etc/pharos/pharos.lua"
mkdir -p "$root/usr/share/pharos/policies" "$root/usr/share/doc/pharos/examples"
cp -r Policies/. "$root/usr/share/pharos/policies/"
cp -r Examples/. "$root/usr/share/doc/pharos/examples/"
cp Docs/*.md CHANGELOG.md README.md "$root/usr/share/doc/pharos/"
cp LICENSE "$root/usr/share/doc/pharos/copyright"
find "$root/usr/share" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +

mkdir -p "$root/DEBIAN"
size=$(du -ks "$root" | cut -f 1)
cat >"$root/DEBIAN/control" <<CONTROL
Package: pharos
Version: $version
Architecture: $architecture
Maintainer: The Pharos authors <pharos@localhost>
Installed-Size: $size
Section: net
Priority: optional
Depends: libc6 (>= 2.36), libstdc++6, liblua5.4-0, systemd | systemd-standalone-sysusers
Description: scriptable DNS balancer with health checks and BGP announcements
 Pharos spreads DNS queries over resolvers, checks their health, and announces
 or withdraws service addresses over BGP. Each of these decisions is a Lua
 script that can be reloaded without losing a query or a session.
CONTROL
echo /etc/pharos/pharos.lua >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 755 "Packaging/deb/$script" "$root/DEBIAN/$script"
done

mkdir -p dist
package="dist/pharos_${version}_${architecture}.deb"
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package $(du -h "$package" | cut -f 1)"
