// SPDX-License-Identifier: Apache-2.0

import DNSWire

/// Whether bytes from the server are the answer to our query.
enum AnswerMatch: Hashable {
    /// Another identifier or question, a query, or no DNS at all: it may be a late answer or
    /// somebody's guess, and the right one may still come.
    case foreign
    case ours(isTruncated: Bool)

    /// An error may leave the question out, as a server does that could not read it; NOERROR and
    /// NXDOMAIN may not.
    init(_ bytes: [UInt8], id: UInt16, to query: [UInt8]) {
        self = bytes.withUnsafeBytes { bytes in
            query.withUnsafeBytes { query in
                guard let view = DNSMessageView(bytes), view.isResponse, view.id == id,
                    let asked = DNSMessageView(query)?.question
                else { return .foreign }
                let code = view.responseCode
                let mayLackQuestion = code != .noError && code != .nameError
                guard
                    view.answers(id: id, question: asked)
                        || view.questionCount == 0 && mayLackQuestion
                else { return .foreign }
                return .ours(isTruncated: view.isTruncated)
            }
        }
    }
}
