// SPDX-License-Identifier: Apache-2.0

/// A real router that imports what its neighbours announce: what tests ask of every one of them.
///
/// Neighbours are named by their address. Times in a router's own words are left out: what is
/// asked is the same for all, and an answer that cannot be read is an error.
public protocol RouterPeer: AnyObject, Sendable {
    /// Starts it and waits until it listens. Its files are in a folder of its own.
    init(_ settings: RouterSettings, in namespace: NetworkNamespace) async throws

    /// Everything it logged.
    var log: String { get }

    /// Starts it again after ``crash()`` or ``stop()``, and waits until it listens.
    func start() async throws
    /// Stops its processes where they stand (SIGSTOP).
    func pause()
    func resume()
    /// Ends its processes without a word (SIGKILL).
    func crash() async
    /// Asks it to end, as a service manager would.
    func stop() async

    func isEstablished(_ neighbor: String) async throws -> Bool
    func routes(_ prefix: String) async throws -> [RouterRoute]
    /// Asks the neighbour for all its routes again (RFC 2918).
    func requestRefresh(_ neighbor: String) async throws
    /// Closes the session by the operator's word, with a text (RFC 9003).
    func shutDown(_ neighbor: String, text: String) async throws
    /// Ends the wait that the router keeps after an error before it takes the neighbour back.
    func reopen(_ neighbor: String) async throws
    /// Every NOTIFICATION that the neighbour sent.
    func notifications(from neighbor: String) async throws -> [RouterNotification]
}

extension RouterPeer {
    /// Most routers keep no wait that outlasts a test.
    public func reopen(_ neighbor: String) async throws {}

    public func waitUntilEstablished(_ neighbor: String, withinSeconds seconds: Double = 15)
        async throws
    {
        try await wait("session with \(neighbor)", seconds) {
            try await self.isEstablished(neighbor)
        }
    }

    public func waitUntilClosed(_ neighbor: String, withinSeconds seconds: Double = 15)
        async throws
    {
        try await wait("end of the session with \(neighbor)", seconds) {
            try await !self.isEstablished(neighbor)
        }
    }

    /// Waits until the router has the route as wanted; the route as it is then.
    @discardableResult
    public func waitForRoute(
        _ prefix: String, withinSeconds seconds: Double = 15,
        where isWanted: @Sendable (RouterRoute) -> Bool = { _ in true }
    ) async throws -> RouterRoute {
        try await eventually(
            "route \(prefix) at the router", withinSeconds: seconds, otherwise: self.log,
            everyMilliseconds: Self.intervalMilliseconds
        ) { try await self.routes(prefix).first(where: isWanted) }
    }

    public func waitForNoRoute(_ prefix: String, withinSeconds seconds: Double = 15) async throws {
        try await wait("withdrawal of \(prefix) at the router", seconds) {
            try await self.routes(prefix).isEmpty
        }
    }

    @discardableResult
    public func waitForNotification(
        from neighbor: String, withinSeconds seconds: Double = 15,
        where isWanted: @Sendable (RouterNotification) -> Bool
    ) async throws -> RouterNotification {
        try await eventually(
            "NOTIFICATION of \(neighbor) at the router", withinSeconds: seconds,
            otherwise: self.log, everyMilliseconds: Self.intervalMilliseconds
        ) { try await self.notifications(from: neighbor).first(where: isWanted) }
    }

    /// Each question starts a process of the router's client.
    private static var intervalMilliseconds: Int { 40 }

    private func wait(
        _ what: String, _ seconds: Double, _ isSo: @Sendable () async throws -> Bool
    ) async throws {
        try await eventually(
            what, withinSeconds: seconds, otherwise: self.log,
            everyMilliseconds: Self.intervalMilliseconds
        ) { try await isSo() ? true : nil }
    }
}
