// SPDX-License-Identifier: Apache-2.0

/// The text of a file as Lua's own `luaL_loadfile` takes it: editors begin files with a byte order
/// mark, and a script that the shell may run begins with `#!`.
enum LuaSource {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Without the mark, and with a first line for the shell made a comment; lines stay where they are.
    static func text(of file: [UInt8]) -> [UInt8] {
        let hasMark = file.starts(with: byteOrderMark)
        let text = file.dropFirst(hasMark ? byteOrderMark.count : 0)
        guard text.first == UInt8(ascii: "#") else { return Array(text) }
        return Array("--".utf8) + text
    }
}
