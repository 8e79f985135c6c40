// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What can go wrong with a peer: each case fails the test that needed it, none is skipped.
public enum PeerError: Error, Sendable, CustomStringConvertible {
    case missingProgram(String)
    case missingEnvironment(String)
    case system(call: String, errno: Int32)
    case exited(program: String, status: Int32, output: String)
    case timedOut(waitingFor: String, seconds: Double, output: String)
    case unreadable(what: String, text: String)

    public var description: String {
        switch self {
        case .missingProgram(let name):
            "\(name) is not installed; 'make test' installs what the tests need"
        case .missingEnvironment(let name):
            "\(name) is not set; run the tests with 'make test'"
        case .system(let call, let number):
            "\(call): \(String(cString: strerror(number)))"
        case .exited(let program, let status, let output):
            "\(program) ended with status \(status):\n\(output)"
        case .timedOut(let what, let seconds, let output):
            "no \(what) in \(seconds) s:\n\(output)"
        case .unreadable(let what, let text):
            "\(what) cannot be read:\n\(text)"
        }
    }
}
