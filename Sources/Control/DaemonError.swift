// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why the daemon does not start, or a request is refused: one line each, in the operator's words.
public enum DaemonError: Error, Equatable, CustomStringConvertible {
    /// The configuration does not evaluate, or says what cannot be (`FILE:LINE: message`).
    case configuration(String)
    /// A listener cannot be bound.
    case listener(String)
    case alreadyRunning(processID: Int?, what: String)
    /// A reload that would remove everything.
    case removesEverything(String)
    /// What a client verb asked for is not there.
    case request(String)
    case system(call: String, object: String, code: Int32)

    public var description: String {
        switch self {
        case .configuration(let text), .listener(let text), .request(let text): text
        case .alreadyRunning(let processID, let what):
            "another pharos\(processID.map { " (process \($0))" } ?? "") already \(what); "
                + "stop it first, or give this one its own"
        case .removesEverything(let what):
            "\(what); refused, because an empty result is mostly a mistake: "
                + "`pharos reload --force` if it is meant"
        case .system(let call, let object, let code):
            "\(call) \(object): \(String(cString: strerror(code)))"
        }
    }
}
