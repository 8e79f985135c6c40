// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

/// Would catch any change in how bytes are read, good ones and hostile ones.
struct FixtureTests {
    private func render(_ fixture: Fixture) -> (text: String, isError: Bool, BGPMessage?) {
        var framer = fixture.framer
        framer.append(fixture.bytes)
        do throws(BGPWireError) {
            guard let frame = try framer.next() else { return ("incomplete", true, nil) }
            let message = try BGPMessage(frame, context: fixture.context)
            return (message.description, false, message)
        } catch {
            return (error.description, true, nil)
        }
    }

    @Test(arguments: Fixture.all)
    func readsAsTheFixtureSays(_ fixture: Fixture) {
        let found = render(fixture)
        #expect(found.text == fixture.expected)
        #expect(found.isError == fixture.isError)
    }

    @Test(
        arguments: Fixture.all.filter {
            !$0.isError && ["notification", "route-refresh", "keepalive"].contains($0.file)
        })
    func encodesToTheSameBytes(_ fixture: Fixture) {
        let encoded: [UInt8] =
            switch render(fixture).2 {
            case .notification(let notification): notification.encoded
            case .routeRefresh(let refresh): refresh.encoded
            case .keepalive: BGPMessage.keepaliveBytes
            default: []
            }
        #expect(encoded == fixture.bytes)
    }

    /// Parameters may be cut differently, but what an OPEN says survives a round trip.
    @Test(arguments: Fixture.all.filter { !$0.isError && $0.file == "open" })
    func anOpenSaysTheSameAfterEncoding(_ fixture: Fixture) throws {
        guard case .open(let open) = render(fixture).2 else {
            Issue.record("not an OPEN")
            return
        }
        var framer = MessageFramer()
        framer.append(open.encoded)
        let frame = try #require(try framer.next())
        #expect(try OpenMessage(body: frame.body) == open)
    }
}
