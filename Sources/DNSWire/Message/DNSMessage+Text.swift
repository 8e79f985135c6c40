// SPDX-License-Identifier: Apache-2.0

extension DNSMessage: CustomStringConvertible {
    /// A line for the header, one for each question and record, much as `dig` writes them.
    public var description: String {
        var lines = ["id \(id) \(flags.opcode.name) \(responseCode.name)\(flagWords)"]
        if let edns {
            lines.append(
                "edns \(edns.version) payload \(edns.payloadBytes)\(edns.dnssecOK ? " do" : "")")
        }
        lines += questions.map { "question \($0)" }
        lines += answers.map { "answer \($0)" }
        lines += authority.map { "authority \($0)" }
        lines += additional.map { "additional \($0)" }
        return lines.joined(separator: "\n")
    }

    private var flagWords: String {
        let words: [(Bool, String)] = [
            (flags.isResponse, "qr"), (flags.isAuthoritative, "aa"), (flags.isTruncated, "tc"),
            (flags.recursionDesired, "rd"), (flags.recursionAvailable, "ra"),
            (flags.isAuthenticData, "ad"), (flags.checkingDisabled, "cd"),
        ]
        return words.map { $0.0 ? " \($0.1)" : "" }.joined()
    }
}
