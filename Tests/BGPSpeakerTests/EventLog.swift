// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Synchronization

/// Keeps what a speaker told, for a test to look at from its own thread.
final class EventLog: Sendable {
    private let all = Mutex<[SpeakerEvent]>([])

    func append(_ event: SpeakerEvent) {
        all.withLock { $0.append(event) }
    }

    var events: [SpeakerEvent] { all.withLock { $0 } }

    /// Routes as lines: `+192.0.2.1/32 med 100`, `-192.0.2.1/32`.
    var routes: [String] {
        events.flatMap { event -> [String] in
            guard case .routesReceived(_, let announced, let attributes, let withdrawn) = event
            else { return [] }
            let med = attributes.med.map { " med \($0)" } ?? ""
            return withdrawn.map { "-\($0)" } + announced.map { "+\($0)\(med)" }
        }
    }

    var reasons: [String] {
        events.compactMap { event in
            guard case .stateChanged(_, _, _, let reason) = event else { return nil }
            return reason
        }
    }

    var lapses: Int {
        events.count { if case .leaseLapsed = $0 { true } else { false } }
    }
}
