// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Probing

/// Catches a wrong turn between tries and transports, without sockets.
@Suite struct DNSExchangeStateMachineTests {
    private typealias Machine = DNSExchange.StateMachine

    private func machine(_ transport: DNSProbe.Transport, retries: Int = 0) -> Machine {
        Machine(transport: transport, timeoutMilliseconds: 500, retries: retries)
    }

    @Test func completeAnswerIsDeliveredOnce() {
        var machine = machine(.udp)
        #expect(machine.start() == .sendDatagram)
        #expect(machine.received(.ours(isTruncated: false)) == .deliver)
        #expect(machine.received(.ours(isTruncated: false)) == .wait)
        #expect(machine.timedOut() == .wait)
        #expect(machine.failed(.refused) == .wait)
    }

    @Test func truncationGoesToTheStreamWithinTheSameTry() {
        var machine = machine(.udp)
        _ = machine.start()
        #expect(machine.received(.ours(isTruncated: true)) == .openStream(isNewTry: false))
        #expect(
            machine.timedOut()
                == .fail(.noAnswer(timeoutMilliseconds: 500, tries: 1, ignored: 0)))
    }

    @Test func truncationOverTCPIsAnAnswer() {
        var machine = machine(.tcp)
        #expect(machine.start() == .openStream(isNewTry: true))
        #expect(machine.received(.ours(isTruncated: true)) == .deliver)
    }

    @Test func silenceBringsTheNextTryAndRefusalDoesNot() {
        var silent = machine(.both, retries: 1)
        #expect(silent.start() == .sendDatagram)
        #expect(silent.received(.ours(isTruncated: false)) == .openStream(isNewTry: false))
        #expect(silent.received(.foreign) == .wait)
        #expect(silent.timedOut() == .sendDatagram)
        #expect(
            silent.timedOut()
                == .fail(.noAnswer(timeoutMilliseconds: 500, tries: 2, ignored: 1)))
        var refused = machine(.udp, retries: 1)
        _ = refused.start()
        #expect(refused.failed(.refused) == .fail(.refused))
        #expect(refused.timedOut() == .wait)
    }

    @Test func nothingFollowsACancel() {
        var machine = machine(.udp, retries: 3)
        _ = machine.start()
        machine.cancel()
        #expect(machine.timedOut() == .wait)
        #expect(machine.received(.ours(isTruncated: false)) == .wait)
    }
}
