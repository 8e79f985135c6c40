// SPDX-License-Identifier: Apache-2.0

import Addressing
import LuaRuntime
import Probing

@testable import Scripting

/// One run of the check whose body is given.
final class CheckBench {
    let generation: Generation
    let prober = ScriptedProber()
    var run: CheckRun?
    var outcomes: [CheckOutcome] = []
    var trace = CheckTrace()

    init(_ body: String, limits: LuaLimits = LuaLimits()) throws {
        generation = try Fixture.build(
            "newCheck{name='c', run=function(ctx)\n\(body)\nend}", limits: limits)
    }

    func start(context: CheckContext = CheckContext(name: "c", deadlineSeconds: 0.2)) {
        run = generation.control.runCheck(0, context: context, prober: prober) {
            self.outcomes.append($0)
            self.trace = $1
        }
    }

    /// The outcome after the clock was moved far enough for everything.
    func outcome() -> CheckOutcome? {
        start()
        prober.advance(milliseconds: 10_000)
        return outcomes.first
    }

    /// An answer about example.com, as it comes from the wire.
    static func message(
        _ rcode: UInt8 = 0, answers: [String] = [], authoritative: Bool = false
    ) -> [UInt8] {
        // A header; then the question and A records of example.com.
        let name: [UInt8] = [7] + Array("example".utf8) + [3] + Array("com".utf8) + [0]
        var bytes: [UInt8] = [
            0, 0, authoritative ? 0x84 : 0x80, rcode, 0, 1, 0, UInt8(answers.count), 0, 0, 0, 0,
        ]
        bytes += name + [0, 1, 0, 1]
        for answer in answers {
            let address = IPAddress(answer)?.bytes ?? []
            bytes += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4] + address
        }
        return bytes
    }
}
