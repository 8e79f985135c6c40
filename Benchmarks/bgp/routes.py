#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a table of COUNT routes as an MRT dump (RFC 6396 §4.3), which GoBGP's client can read.

The client (3.10) ends when it has sent its last route and not when the daemon has taken it: some
hundred routes at the end are lost. So the first one is there some thousand times more.
"""
import struct
import sys


def record(subtype, body):
    # TABLE_DUMP_V2 is type 13; the time says nothing here.
    return struct.pack("!IHHI", 0, 13, subtype, len(body)) + body


def main():
    count = int(sys.argv[1])
    out = sys.stdout.buffer
    peer = struct.pack("!B4s4sI", 2, bytes([10, 0, 0, 3]), bytes([127, 0, 0, 3]), 65003)
    out.write(record(1, bytes([10, 0, 0, 3]) + struct.pack("!HH", 0, 1) + peer))
    # ORIGIN IGP, AS_PATH 65003, NEXT_HOP 127.0.0.3, MED 100.
    attributes = (
        bytes([0x40, 1, 1, 0]) + bytes([0x40, 2, 6, 2, 1]) + struct.pack("!I", 65003)
        + bytes([0x40, 3, 4, 127, 0, 0, 3]) + bytes([0x80, 4, 4]) + struct.pack("!I", 100))
    entry = struct.pack("!HIH", 0, 0, len(attributes)) + attributes
    for number in [*range(count), *[0] * 5000]:
        prefix = bytes([32, 198, 18 + number // 65536, number // 256 % 256, number % 256])
        out.write(record(2, struct.pack("!I", number) + prefix + struct.pack("!H", 1) + entry))


main()
