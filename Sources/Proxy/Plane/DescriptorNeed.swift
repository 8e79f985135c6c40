// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// How many open files a configuration may come to need, so that too low a limit is told of when the
/// configuration is read, and not found out when a server cannot be asked.
public struct DescriptorNeed: Hashable, Sendable {
    /// What the process has besides: its log, its control socket, checks that are running.
    private static let others = 256

    public let serverSockets: Int
    public let listeners: Int
    public let connections: Int

    /// - Parameters:
    ///   - listeners: addresses; each has a socket for every worker and one for TCP.
    ///   - clients: over TCP, at most.
    public init(
        servers: [ServerDeclaration], listeners: Int, clients: Int, workers: Int,
        options: PlaneOptions = PlaneOptions()
    ) {
        serverSockets =
            workers
            * servers.reduce(0) { sum, server in
                sum
                    + min(
                        max(options.socketsPerServer, server.sockets),
                        PlaneOptions.socketsPerServerMax)
            }
        self.listeners = listeners * (workers + 1)
        connections = clients + servers.count
    }

    public var total: Int { serverSockets + listeners + connections + Self.others }

    /// Says what is too low, and what becomes of it; `nil` when the limit suffices.
    public func shortage(limit: Int) -> String? {
        guard limit < total else { return nil }
        return "the limit of open files is \(limit), and \(total) may be needed: \(serverSockets) "
            + "sockets to servers, \(listeners) of listeners, \(connections) connections over TCP. "
            + "Queries that find no socket are dropped (pharos_socket_failures); raise LimitNOFILE "
            + "of the service, or ulimit -n"
    }
}
