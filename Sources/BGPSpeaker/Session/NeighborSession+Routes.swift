// SPDX-License-Identifier: Apache-2.0
//
// What goes over an established session: routes that are wanted, and what the peer says of its own.

import Addressing
import BGPWire
import Declarations
import Logging

extension NeighborSession {
    /// The session's connection, while there is a session.
    private var established: PeerConnection? {
        machine.links.first { $0.value.state == .established }.flatMap { connections[$0.key] }
    }

    func countReceived(_ type: MessageType) {
        status.messagesReceived += 1
        status.received.count(type)
    }

    func sessionUp(_ parameters: SessionParameters, on origin: ConnectionOrigin) {
        status.establishedCount += 1
        status.localAddress = connections[origin]?.localAddress.flatMap { Endpoint($0)?.address }
        status.remember(parameters)
        guard let local = status.localAddress else { return }
        let interfaces = InterfaceAddresses.current()
        ownAddresses = Set(interfaces.entries.map(\.address)).union([local])
        let resolver = RouteResolver(
            declaration, parameters, localAddress: local, interfaces: interfaces)
        connections[origin]?.setUserTimeout(
            milliseconds: machine.sendHoldMilliseconds(parameters))
        routes.sessionUp(resolver, UpdateEncoder(parameters))
        sendRoutes()
    }

    /// What is an address of this host now is a next hop now.
    func addressesChanged(_ interfaces: InterfaceAddresses) {
        guard machine.state == .established, farewell == nil,
            routes.session?.resolver.interfaces != interfaces
        else { return }
        ownAddresses = Set(interfaces.entries.map(\.address))
            .union([status.localAddress].compactMap { $0 })
        routes.addressesChanged(interfaces)
        guard routes.hasWork else { return }
        logger.notice("addresses of this host changed: next hops with them")
        sendRoutes()
    }

    func sendRoutes() {
        guard let connection = established else { return }
        while connection.isWritable, routes.hasWork {
            let messages = routes.nextMessages(
                prefixesMax: Self.batchPrefixesMax, unixSeconds: wallClock())
            status.messagesSent += messages.count
            // What begins and ends a refresh is no UPDATE.
            for message in messages { status.sent.count(message) }
            status.updatesSent = status.sent.update
            connection.write(messages)
        }
        status.routesAnnounced = routes.sentCount
        delegate.sessionChanged(self)
        if !routes.hasWork, let farewell {
            self.farewell = nil
            stop(farewell)
        }
    }

    /// Takes over what the declaration wants to know, and asks for what was not watched before.
    func watch() {
        let canAsk =
            machine.state == .established
            && machine.parameters?.isRouteRefresh == true
        let isToBeAsked = received.watch(declaration.watchPrefixes, canAsk: canAsk)
        status.watches = received.watches
        guard isToBeAsked,
            let link = machine.links.first(where: { $0.value.state == .established })
        else { return }
        for family in link.value.parameters?.families ?? [] {
            send(RouteRefreshMessage(family: family).encoded, on: link.key)
        }
    }

    func noteWatches() {
        status.watches = received.watches
        status.prefixes = received.counts
        delegate.session(self, did: .watchChanged(key))
    }

    func deliver(_ update: UpdateMessage) {
        status.updatesReceived += 1
        status.attributeFaultsReceived += update.faults.count
        let hasChanged = received.take(update, ownAddresses: ownAddresses)
        status.prefixes = received.counts
        if hasChanged { noteWatches() }
        guard !update.announced.isEmpty || !update.withdrawn.isEmpty else { return }
        delegate.session(
            self,
            did: .routesReceived(
                key, announced: update.announced, AnnouncedAttributes(update.attributes),
                withdrawn: update.withdrawn))
    }
}
