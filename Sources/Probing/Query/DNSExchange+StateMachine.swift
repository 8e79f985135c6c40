// SPDX-License-Identifier: Apache-2.0
//
// One call of dns.query: tries, each over UDP, TCP or both in turn, each with one timeout. A new
// try takes a new socket and identifier, so a late answer to the one before is foreign.

extension DNSExchange {
    /// Decides what follows what. Pure: the owner sends, receives and keeps the time.
    struct StateMachine {
        enum Action: Equatable {
            /// Send from a new socket with a new identifier, and arm the timeout.
            case sendDatagram
            /// Ask over TCP; `isNewTry` arms the timeout, otherwise it goes on running.
            case openStream(isNewTry: Bool)
            case deliver
            case fail(ProbeError.Fault)
            case wait
        }

        private enum Phase { case idle, datagram, stream, done }

        private let transport: DNSProbe.Transport
        private let timeoutMilliseconds: Int
        private let triesMax: Int
        private var tries = 0
        private var ignored = 0
        private var phase = Phase.idle

        init(transport: DNSProbe.Transport, timeoutMilliseconds: Int, retries: Int) {
            self.transport = transport
            self.timeoutMilliseconds = timeoutMilliseconds
            triesMax = 1 + max(0, retries)
        }

        var isDone: Bool { phase == .done }

        mutating func start() -> Action { nextTry() }

        private mutating func nextTry() -> Action {
            tries += 1
            phase = transport == .tcp ? .stream : .datagram
            return transport == .tcp ? .openStream(isNewTry: true) : .sendDatagram
        }

        mutating func received(_ match: AnswerMatch) -> Action {
            switch (phase, match) {
            case (.idle, _), (.done, _): return .wait
            case (_, .foreign):
                ignored += 1
                return .wait
            case (.datagram, .ours(let isTruncated)):
                guard transport == .both || transport == .udp && isTruncated else { break }
                phase = .stream
                return .openStream(isNewTry: false)
            case (.stream, .ours): break
            }
            phase = .done
            return .deliver
        }

        /// The server or the kernel said no: another try would hear it again.
        mutating func failed(_ fault: ProbeError.Fault) -> Action {
            guard phase != .done else { return .wait }
            phase = .done
            return .fail(fault)
        }

        mutating func timedOut() -> Action {
            guard phase != .done else { return .wait }
            guard tries == triesMax else { return nextTry() }
            phase = .done
            return .fail(
                .noAnswer(timeoutMilliseconds: timeoutMilliseconds, tries: tries, ignored: ignored))
        }

        mutating func cancel() { phase = .done }
    }
}
