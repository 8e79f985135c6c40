// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Probing

/// One call that a check waits for: how it is begun, and what messages call it.
struct CheckCall {
    /// What came of it.
    enum Result {
        /// `summary` is the trace's.
        case value(LuaValue, summary: String)
        /// It could not complete; `words` are raised in the script.
        case failure(words: String, isHard: Bool)
        /// What branches of the run came to.
        case verdict(CheckOutcome)
    }

    /// `dns.query 192.0.2.1:53 a.root-servers.net A`.
    let words: String
    /// Whether what it waits for is branches of the run, which tell themselves.
    var waitsForBranches = false
    /// Those branches, and the verdicts beside them.
    var parts: [CheckTrace.Part] = []
    /// Begins it; the closure it gets is called once, on the same thread, unless it is cancelled.
    let begin: (any Prober, @escaping (Result) -> Void) -> ProbeHandle?
}

extension CheckCall.Result {
    /// `read` makes the script's value and the trace's summary of what came.
    init<Value>(
        _ result: Swift.Result<Value, ProbeError>,
        _ read: (Value) throws(ProbeError) -> (LuaValue, String)
    ) {
        do throws(ProbeError) {
            let (value, summary) = try read(try result.get())
            self = .value(value, summary: summary)
        } catch {
            self = .failure(words: error.description, isHard: error.isHard)
        }
    }
}
