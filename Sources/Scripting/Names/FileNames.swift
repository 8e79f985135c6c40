// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Probing

/// `file.exists`, `file.age`, `file.read`.
extension Evaluation {
    /// Arguments: what is asked, and the path.
    static func lookCall(_ arguments: Arguments) throws(ArgumentError) -> CheckCall {
        guard let wish = FileProbe.Wish(rawValue: arguments[0].text ?? "") else {
            preconditionFailure("BUG DETECTED: the prelude asks for a wish that there is not")
        }
        let named = Arguments(
            call: "file.\(wish.rawValue)", values: Array(arguments.values.dropFirst()))
        let path = try named.text(0, "the path")
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw named.wrong(0, "the path", "a path")
        }
        let probe = FileProbe(path: path, wish: wish)
        return CheckCall(words: probe.call) { prober, done in
            prober.look(probe) { result in
                done(
                    CheckCall.Result(result) { (state) throws(ProbeError) in
                        try value(state, probe)
                    })
            }
        }
    }

    private static func value(
        _ state: FileState?, _ probe: FileProbe
    ) throws(ProbeError) -> (LuaValue, String) {
        if probe.wish == .exists {
            return (.boolean(state != nil), state == nil ? "no such file" : "it exists")
        }
        guard let state else { throw ProbeError(call: probe.call, .noSuchFile) }
        guard probe.wish == .read else {
            return (.number(state.ageSeconds), "\(state.ageSeconds) s")
        }
        return (.string(LuaString(bytes: state.bytes)), "\(state.bytes.count) bytes")
    }
}
