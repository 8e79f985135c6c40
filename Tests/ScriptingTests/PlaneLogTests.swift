// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a line that a policy logs and nobody sees, one without its place, and a policy that
/// logs each query and takes the thread's time or the disk.
@Suite struct PlaneLogTests {
    private static let text =
        PlaneBench.threeServers + """
            infolog("while it is read")
            setServerPolicyLua("talkative", function(servers, dq)
                warnlog("chose", servers[1].name, 7, nil, {} ~= nil)
                return servers[1]
            end)
            """

    private func lines(_ rings: ScriptLogRings) -> [ScriptLogLine] {
        var lines: [ScriptLogLine] = []
        rings.take { lines.append($0) }
        return lines
    }

    @Test func aPolicysLineHasItsPlaceAndPriority() throws {
        let rings = ScriptLogRings(planeThreads: 2)
        let bench = try PlaneBench(Self.text, log: rings)
        #expect(lines(rings) == [])
        #expect(bench.call(thread: 1) == 0)
        #expect(bench.call(thread: 0) == 0)
        let expected = ScriptLogLine(
            priority: .warning, text: "chose\ta\t7\tnil\ttrue",
            location: SourceLocation(file: "test.lua", line: 6))
        #expect(lines(rings) == [expected, expected])
        #expect(lines(rings) == [])
    }

    @Test func whatFindsNoRoomIsCounted() throws {
        let rings = ScriptLogRings(planeThreads: 2)
        let bench = try PlaneBench(Self.text, log: rings)
        for _ in 0..<100 { #expect(bench.call() == 0) }
        #expect(lines(rings).count == Int(ScriptLogRing.slots))
        #expect(rings.dropped == 100 - ScriptLogRing.slots)
        // There is room again.
        #expect(bench.call() == 0)
        #expect(lines(rings).count == 1)
    }

    @Test func longLinesAreCutAndLineBreaksAreSpaces() throws {
        let rings = ScriptLogRings(planeThreads: 2)
        let bench = try PlaneBench(
            Self.text.replacing("\"chose\"", with: "('x\\n'):rep(5000)"), log: rings)
        #expect(bench.call() == 0)
        let line = try #require(lines(rings).first)
        #expect(line.text.utf8.count == ScriptLogRing.textBytesMax)
        #expect(line.text.hasPrefix("x x x "))
    }

    @Test func aRingHoldsItsLinesAroundItsEnd() {
        let ring = ScriptLogRing()
        defer { ring.deallocate() }
        let path = "/" + String(repeating: "d", count: 300) + "/policy.lua"
        var taken: [String] = []
        for number in 0..<200 {
            Array("line \(number)".utf8).withUnsafeBytes { ring.note(2, $0, file: path, line: 9) }
            guard number % 50 == 49 else { continue }
            ring.take { priority, text, file, line in
                taken.append(text)
                #expect(priority == 2 && line == 9)
                #expect(file == String(path.suffix(ScriptLogRing.fileBytesMax)))
            }
        }
        #expect(taken == (0..<200).map { "line \($0)" })
        #expect(ring.dropped == 0)
    }
}
