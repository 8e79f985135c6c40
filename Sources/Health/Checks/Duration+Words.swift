// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// `60 s`, `0.5 s`: for messages; whole milliseconds.
    var inSeconds: String {
        let milliseconds = self / .milliseconds(1)
        let seconds = (milliseconds / 1_000 * 1_000).rounded() / 1_000
        let text = "\(seconds)"
        return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + " s"
    }
}
