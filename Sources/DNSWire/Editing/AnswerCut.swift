// SPDX-License-Identifier: Apache-2.0

/// Cuts an answer down to its header and first question.
public enum AnswerCut {
    /// Removes all records where the answer lies, and returns its new length.
    ///
    /// An OPT record stays, without its options: whoever asked with EDNS is answered with it
    /// (RFC 6891 §7). Without a readable question nothing but the header stays.
    public static func cut(_ answer: UnsafeMutableRawBufferPointer, isTruncated: Bool) -> Int {
        guard let message = DNSMessageView(UnsafeRawBufferPointer(answer)),
            let writer = DNSHeaderWriter(answer)
        else { return 0 }
        let questionEnd = message.question?.endOffset
        let end = questionEnd ?? DNSMessageView.headerBytes
        // An OPT that lies before the question's end is none.
        let edns = message.edns.flatMap { $0.offset >= end ? $0.offset : nil }
        if isTruncated {
            var flags = message.flags
            flags.isTruncated = true
            writer.setFlags(flags)
        }
        writer.setCounts(
            questions: questionEnd == nil ? 0 : 1, answers: 0, authority: 0,
            additional: edns == nil ? 0 : 1)
        guard let edns else { return end }
        for offset in 0..<EDNSView.emptyBytes { answer[end + offset] = answer[edns + offset] }
        // No options.
        answer[end + EDNSView.emptyBytes - 2] = 0
        answer[end + EDNSView.emptyBytes - 1] = 0
        return end + EDNSView.emptyBytes
    }
}
