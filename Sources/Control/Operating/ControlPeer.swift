// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// Who is at the other end of the control socket, as the kernel says.
struct ControlPeer: Sendable {
    /// `nil` when the kernel does not say.
    var userID: UInt32?

    /// As it is shown beside what was asked. A name is what the client says of `sudo`; the number is
    /// what counts.
    func name(sudoUser: String?) -> String {
        let user = userID.map { "uid \($0)" } ?? "somebody"
        return sudoUser.map { "\(user) (\(String($0.prefix(32)).onOneLine))" } ?? user
    }

    /// `struct ucred` of `SO_PEERCRED` (unix(7)).
    private struct Credentials: Sendable {
        var processID: Int32 = 0
        var userID: UInt32 = 0
        var groupID: UInt32 = 0
    }

    static func of(_ channel: any Channel) -> EventLoopFuture<ControlPeer> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededFuture(ControlPeer())
        }
        let credentials: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        return credentials.map { ControlPeer(userID: $0.userID) }
            .recover { _ in ControlPeer() }
    }
}
