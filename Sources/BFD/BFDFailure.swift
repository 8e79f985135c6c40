// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why a session has no socket.
struct BFDFailure: Error {
    let words: String

    init(_ what: String, errno code: Int32) {
        words = "\(what): \(String(cString: strerror(code)))"
    }
}
