// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

/// Would catch a shutdown text that is lost, too long, or hostile to a terminal.
struct NotificationMessageTests {
    @Test func theShutdownTextComesBack() throws {
        let cease = NotificationMessage.cease(.administrativeShutdown, text: "wartung 😀")
        #expect(cease.shutdownText == "wartung 😀")
        #expect(cease.line == "Cease: Administrative Shutdown (6/2) \"wartung 😀\"")
    }

    @Test func aLongTextIsCutAtACharacter() throws {
        let cease = NotificationMessage.cease(
            .administrativeReset, text: String(repeating: "ä", count: 200))
        #expect(cease.data.count == 255)
        #expect(cease.shutdownText == String(repeating: "ä", count: 127))
    }

    @Test func onlyShutdownAndResetCarryText() {
        #expect(NotificationMessage.cease(.peerDeconfigured, text: "bye").data.isEmpty)
    }

    @Test func controlAndDirectionCharactersAreEscaped() {
        let text = "a\nb\u{202e}c"
        let cease = NotificationMessage.cease(.administrativeShutdown, text: text)
        #expect(cease.shutdownText == "a\\u{a}b\\u{202e}c")
    }

    @Test(arguments: [
        (NotificationMessage(code: 2, subcode: 2), "OPEN Message Error: Bad Peer AS (2/2)"),
        (NotificationMessage(code: 4, subcode: 0), "Hold Timer Expired (4/0)"),
        (
            NotificationMessage(code: 6, subcode: 7),
            "Cease: Connection Collision Resolution (6/7)"
        ),
        (NotificationMessage(code: 6, subcode: 99), "Cease (6/99)"),
    ])
    func readsInTheRegistrysWords(_ notification: NotificationMessage, _ words: String) {
        #expect(notification.line == words)
    }
}
