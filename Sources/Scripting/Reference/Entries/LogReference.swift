// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let logs = """
        print(…)
        infolog(text)
            Logs a line.
        vinfolog(text)
            Logs a line, for the curious.
        warnlog(text)
        errlog(text)
            Logs a line with this priority.
        """
}
