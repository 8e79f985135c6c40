// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import BGPSpeaker
import Balancing
import Declarations
import Health
import Logging
import NIOCore
import Scripting
import Streams

extension Controller {
    /// Puts a built generation into service.
    ///
    /// Everything that can fail comes first and leaves no trace: listeners are bound beside the old
    /// ones, the snapshot is built. What follows cannot fail, but for accepting on a TCP listener
    /// that is bound already: that is logged, and UDP is served.
    func apply(_ built: BuiltGeneration) async throws(DaemonError) {
        guard let parts else { throw .request("not started yet") }
        let configuration = built.configuration
        let number = generationNumber + 1
        let unreachable = NextHopCheck().faults(
            neighbors: configuration.neighbors, announcements: configuration.announcements)
        if let fault = unreachable.first { throw .configuration(fault.text) }
        let web = try await prepareWebServer(configuration)
        let handles: [ServerHandle]
        do throws(DaemonError) {
            try parts.handles.prepare(configuration.effectiveListeners)
            let bound = Set(generation?.configuration.bgpListeners ?? [])
            try parts.handles.probe(configuration.bgpListeners.filter { !bound.contains($0) })
            handles = try await publish(built, number: number, parts)
        } catch {
            parts.handles.abandon()
            web?.stop()
            throw error
        }
        parts.handles.setStreamLimits(StreamLimits(configuration.streams))
        if let failure = await parts.handles.commit() { logger.error("\(failure)") }
        exchangeWebServer(web, configuration)
        adopt(built, number: number, handles: handles, parts)
    }

    /// Gives the plane its snapshot, once every new server has its first verdict.
    private func publish(
        _ built: BuiltGeneration, number: Int, _ parts: ControlParts
    ) async throws(DaemonError) -> [ServerHandle] {
        do throws(BalancingError) {
            let handles = try parts.slab.update(to: built.configuration.servers)
            built.generation.bind(handles)
            let caches = parts.caches.caches(for: built.configuration.caches)
            built.generation.bind(caches)
            let planes = parts.handles
            built.generation.bind(
                BlockServices(table: parts.statistics.blocks, traffic: { planes.traffic }))
            let plane = built.generation.plane
            let snapshot = try PlaneSnapshot(
                built.configuration, generation: UInt64(number), handles: handles,
                slab: parts.slab, statistics: parts.statistics, scripts: plane?.scripts,
                caches: caches, retire: { plane?.close() })
            parts.servers.apply(
                built.configuration, handles: handles, scripts: built.generation.control)
            parts.pushVerdicts()
            await parts.servers.settled()
            let plans = PlanSet(
                built.configuration, scripts: built.generation.control, handles: handles,
                statistics: parts.statistics)
            parts.plans.prepare(plans, for: snapshot)
            try parts.handles.publish(snapshot)
            follow(plans, parts)
            parts.caches.adopt(snapshot)
            return handles
        } catch {
            restoreServers(parts)
            throw .configuration("\(error)")
        }
    }

    /// Runs the published snapshot's plans again whenever a server's state changes.
    private func follow(_ plans: PlanSet, _ parts: ControlParts) {
        let loop = eventLoop
        parts.plans.follow(plans) { [weak self] in
            guard let self else { return }
            loop.execute { self.assumeIsolated { $0.parts?.plans.noteChange() } }
        }
    }

    /// Puts the records back to what the generation that serves says.
    private func restoreServers(_ parts: ControlParts) {
        guard let live = generation else { return }
        do throws(BalancingError) {
            parts.servers.apply(
                live.configuration,
                handles: try parts.slab.update(to: live.configuration.servers),
                scripts: live.scripts)
        } catch {
            logger.critical("the servers of the running generation are not restored: \(error)")
        }
    }

    /// Hands everything that is control's own to the new generation.
    private func adopt(
        _ built: BuiltGeneration, number: Int, handles: [ServerHandle], _ parts: ControlParts
    ) {
        let old = generation
        let configuration = built.configuration
        generation = LiveGeneration(
            number: number, configuration: configuration, handles: handles,
            scripts: built.generation.control,
            planeScripts: built.generation.plane)
        generationNumber = number
        for warning in configuration.warnings { logger.warning("\(warning)") }
        for listener in configuration.effectiveListeners where !isPresent(listener, parts) {
            logger.warning("listener \(listener.endpoint): the address is not on this host yet")
        }
        if let shortage = parts.handles.fileShortage(for: configuration) {
            logger.warning("\(shortage)")
        }
        parts.faults.reset()
        parts.checks.apply(configuration, scripts: built.generation.control)
        parts.timers.apply(configuration, scripts: built.generation.control)
        built.generation.control.onHealthCheckChange = { [weak servers = parts.servers] server in
            servers?.reconfigure(server)
        }
        parts.forcedSaid = [:]
        parts.verdictsTold = parts.verdictsTold.filter {
            parts.checks.position(of: $0.key) != nil
        }
        parts.notifier.apply(configuration, scripts: built.generation.control)
        parts.watch.apply(configuration, handles: handles)
        parts.announcer.apply(configuration, scripts: built.generation.control)
        saveSoon()
        let logger = logger
        parts.handles.speaker.configure(
            neighbors: configuration.neighbors, listeners: configuration.bgpListeners,
            routerID: configuration.routerID ?? Self.defaultRouterID(parts.localAddresses)
        ) { failures in
            for failure in failures { logger.error("\(failure)") }
        }
        parts.helpers.apply(
            configuration,
            routerID: configuration.routerID ?? Self.defaultRouterID(parts.localAddresses))
        old?.scripts.close()
        if built.generation.control.watchesTraffic { parts.handles.traffic.start() }
        built.generation.control.insertDeclaredBlocks()
        settleBlocks()
    }

    /// The highest IPv4 address that is not loopback (as most routers choose), else 127.0.0.1.
    static func defaultRouterID(_ addresses: Set<IPAddress>) -> UInt32 {
        addresses.filter { $0.family == .v4 && !$0.isLoopback }.map(\.v4Bits).max()
            ?? IPAddress.loopbackV4.v4Bits
    }

    private func isPresent(_ listener: ListenerDeclaration, _ parts: ControlParts) -> Bool {
        listener.endpoint.address.isUnspecified || listener.endpoint.address.isLoopback
            || parts.localAddresses.contains(listener.endpoint.address)
    }

    // MARK: - The page for Prometheus

    /// Binds the new address, or returns `nil` when the page stays where it is or is not wanted.
    private func prepareWebServer(
        _ configuration: DeclaredConfiguration
    ) async throws(DaemonError) -> WebServer? {
        guard let endpoint = configuration.webserver, endpoint != webServer?.endpoint else {
            return nil
        }
        let pages = WebServer.Pages(
            metrics: { [weak self] in await self?.metrics() ?? "" },
            health: { [weak self] in await self?.health() ?? (false, "stopping") })
        return try await WebServer.start(
            on: endpoint, access: configuration.webserverAccess, pages: pages, logger: logger)
    }

    private func exchangeWebServer(_ new: WebServer?, _ configuration: DeclaredConfiguration) {
        guard configuration.webserver != webServer?.endpoint else {
            webServer?.gate.set(configuration.webserverAccess)
            return
        }
        webServer?.stop()
        webServer = new
    }
}
