// SPDX-License-Identifier: Apache-2.0

/// What the inputs say about one route at one moment, before its own history has a say.
enum RouteAim: Hashable, Sendable {
    /// The service is up, here, and wanted.
    case announce(cause: String)
    /// A person wants it announced: no delay holds it back.
    case force(cause: String)
    /// The service is down: `whenDown` applies.
    case degrade(cause: String, isFlap: Bool)
    /// It must not be announced, whatever `whenDown` says.
    case withdraw(cause: String, isFlap: Bool)
    /// Somebody failed to say: it stays as it is.
    case hold(cause: String)
    /// No verdict yet: nothing new is announced, and what is announced stays for a bounded time.
    case await(cause: String)
}
