// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Health
import Testing

/// Would catch any difference from dnsdist's own states that an operator could see
/// (research/dnsdist.md §2.6).
struct ServerHealthStateMachineTests {
    /// Plays `S` and `F` and shows what follows each: `U` marked up, `D` marked down, `.` nothing.
    private func play(_ steps: String, on machine: inout ServerHealthStateMachine) -> String {
        String(
            steps.map { step in
                switch machine.record(isSuccess: step == "S") {
                case .none: "."
                case .markUp: "U"
                case .markDown: "D"
                }
            })
    }

    @Test(arguments: [
        // the initial check decides alone, whatever rise and maxCheckFailures say
        (failures: 1, rise: 1, steps: "SFSF", actions: "UDUD"),
        (failures: 3, rise: 3, steps: "S", actions: "U"),
        (failures: 3, rise: 3, steps: "F", actions: "D"),
        (failures: 3, rise: 1, steps: "SFFSFFF", actions: "U.....D"),
        (failures: 1, rise: 3, steps: "FSSFSSS", actions: "D.....U"),
        (failures: 2, rise: 2, steps: "SFFSSFF", actions: "U.D.U.D"),
        // failures while down do not count toward the next fall
        (failures: 2, rise: 1, steps: "SFFFFSFS", actions: "U.D..U.."),
        // successes while up do not count toward the next rise
        (failures: 1, rise: 2, steps: "SSSFSS", actions: "U..D.U"),
    ])
    func marksFollowResults(failures: Int, rise: Int, steps: String, actions: String) {
        var machine = ServerHealthStateMachine(failuresMax: failures, rise: rise)
        #expect(play(steps, on: &machine) == actions)
    }

    @Test func aServerIsDownBeforeItsInitialCheck() {
        let machine = ServerHealthStateMachine(failuresMax: 1, rise: 1)
        #expect(!machine.isUp)
        #expect(machine.awaitsInitialCheck)
    }

    @Test(arguments: [(ForcedState.up, true), (.down, false)])
    func aForcedStateStopsChecksAndHidesTheLastStatus(forced: ForcedState, isUp: Bool) {
        var machine = ServerHealthStateMachine(failuresMax: 1, rise: 1)
        _ = machine.record(isSuccess: !isUp)
        #expect(machine.force(forced) == (isUp ? .markUp : .markDown))
        #expect(!machine.needsChecks)
        #expect(machine.isUp == isUp)
        #expect(play("SFSF", on: &machine) == "....")
        #expect(machine.upStatus == !isUp)
        #expect(machine.force(.auto) == (isUp ? .markDown : .markUp))
        #expect(machine.isUp == !isUp)
    }

    @Test func forcingTheStateItIsInChangesNothing() {
        var machine = ServerHealthStateMachine(failuresMax: 1, rise: 1)
        _ = machine.record(isSuccess: true)
        #expect(machine.force(.up) == .none)
        #expect(machine.force(.auto) == .none)
        #expect(machine.isUp)
    }

    @Test func autoWithAStatusPresetsItAndStartsCountersAgain() {
        var machine = ServerHealthStateMachine(failuresMax: 2, rise: 2)
        #expect(play("SF", on: &machine) == "U.")
        #expect(machine.setAuto(upStatus: true) == .none)
        #expect(play("FF", on: &machine) == ".D")
        #expect(machine.setAuto(upStatus: true) == .markUp)
        #expect(machine.setAuto(upStatus: false) == .markDown)
        #expect(play("SS", on: &machine) == ".U")
    }

    @Test func aServerDeclaredForcedHasNoInitialCheckLater() {
        var machine = ServerHealthStateMachine(failuresMax: 1, rise: 2, forced: .up)
        #expect(machine.isUp)
        #expect(machine.force(.auto) == .markDown)
        #expect(play("SS", on: &machine) == ".U")
    }

    @Test func aFailingCheckFunctionLeavesTheVerdictForAWhile() {
        var machine = ServerHealthStateMachine(failuresMax: 1, rise: 1)
        #expect(machine.recordError(now: .seconds(1)) == .none)
        #expect(machine.awaitsInitialCheck && !machine.isUp)
        #expect(play("S", on: &machine) == "U")
        #expect(machine.recordError(now: .seconds(10)) == .none)
        #expect(machine.recordError(now: .seconds(69)) == .none)
        // An answer in between: the time starts again.
        #expect(play("S", on: &machine) == ".")
        #expect(machine.recordError(now: .seconds(70)) == .none)
        #expect(machine.recordError(now: .seconds(129)) == .none)
        #expect(machine.isUp)
        #expect(machine.recordError(now: .seconds(130)) == .markDown)
        #expect(machine.recordError(now: .seconds(300)) == .none)
        #expect(play("S", on: &machine) == "U")
    }

    @Test func anErrorWhileForcedIsIgnored() {
        var machine = ServerHealthStateMachine(failuresMax: 1, rise: 1)
        _ = play("S", on: &machine)
        _ = machine.force(.up)
        #expect(machine.recordError(now: .zero) == .none)
        #expect(machine.recordError(now: .seconds(600)) == .none)
        #expect(machine.upStatus)
    }

    @Test func reloadKeepsTheHistory() {
        var machine = ServerHealthStateMachine(failuresMax: 5, rise: 1)
        #expect(play("SFF", on: &machine) == "U..")
        var settings = ServerHealthCheck()
        settings.failuresMax = 3
        machine.reconfigure(settings)
        #expect(play("F", on: &machine) == "D")
    }

    @Test func declaredSettingsAreUsed() {
        var declaration = ServerDeclaration(
            identity: "DNS1", name: "DNS1", address: Endpoint(address: .loopbackV4, port: 53),
            location: SourceLocation(file: "dnsdist.conf", line: 4))
        declaration.healthCheck.failuresMax = 2
        declaration.initialState = .down
        let machine = ServerHealthStateMachine(declaration)
        #expect(machine.failuresMax == 2)
        #expect(machine.forced == .down)
    }

    @Test(arguments: [
        ("DNS1", "192.0.2.1:53", true, "Marking downstream DNS1 (192.0.2.1:53) as 'up'"),
        ("", "[2001:db8::1]:5300", false, "Marking downstream [2001:db8::1]:5300 as 'down'"),
    ])
    func theLogLineIsTheOneOperatorsWatchFor(
        name: String, address: String, isUp: Bool, line: String
    ) throws {
        let endpoint = try #require(Endpoint(address, defaultPort: 53))
        #expect(
            ServerHealthStateMachine.line(name: name, address: endpoint, isUp: isUp) == line)
    }
}
