// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A terminal that gives keys at once and shows one picture; as it was again when this goes.
struct Terminal: ~Copyable {
    private let saved: termios

    /// `nil` when standard input or output is no terminal.
    static func open() -> Terminal? {
        var now = termios()
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1,
            tcgetattr(STDIN_FILENO, &now) == 0
        else { return nil }
        return Terminal(now)
    }

    private init(_ now: termios) {
        saved = now
        var raw = now
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        raw.c_cc.6 = 0  // VMIN: a read returns at once
        raw.c_cc.5 = 0  // VTIME
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        print("\u{1b}[?1049h\u{1b}[?25l", terminator: "")
    }

    deinit {
        var before = saved
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
        print("\u{1b}[?25h\u{1b}[?1049l", terminator: "")
        fflush(nil)
    }

    /// The next key that was pressed, if any.
    func key() -> Character? {
        var byte: UInt8 = 0
        return read(STDIN_FILENO, &byte, 1) == 1 ? Character(UnicodeScalar(byte)) : nil
    }

    /// Replaces the picture.
    func show(_ lines: [String]) {
        let body = lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n")
        print("\u{1b}[H\(body)\u{1b}[J", terminator: "")
        fflush(nil)
    }
}
