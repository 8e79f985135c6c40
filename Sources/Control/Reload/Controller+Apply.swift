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
            let plane = built.generation.plane
            let snapshot = try PlaneSnapshot(
                built.configuration, generation: UInt64(number), handles: handles,
                slab: parts.slab, statistics: parts.statistics, scripts: plane?.scripts,
                caches: caches, retire: { plane?.close() })
            parts.servers.apply(built.configuration, handles: handles)
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
        guard let live = generation?.configuration else { return }
        do throws(BalancingError) {
            parts.servers.apply(live, handles: try parts.slab.update(to: live.servers))
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
        parts.faults.reset()
        parts.checks.apply(configuration, scripts: built.generation.control)
        parts.timers.apply(configuration, scripts: built.generation.control)
        parts.announcer.apply(configuration, scripts: built.generation.control)
        let logger = logger
        parts.handles.speaker.configure(
            neighbors: configuration.neighbors, listeners: configuration.bgpListeners,
            routerID: configuration.routerID ?? Self.defaultRouterID(parts.localAddresses)
        ) { failures in
            for failure in failures { logger.error("\(failure)") }
        }
        old?.scripts.close()
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
        return try await WebServer.start(on: endpoint, pages: pages, logger: logger)
    }

    private func exchangeWebServer(_ new: WebServer?, _ configuration: DeclaredConfiguration) {
        guard configuration.webserver != webServer?.endpoint else { return }
        webServer?.stop()
        webServer = new
    }
}

// MARK: - What changes

extension Controller {
    /// Follows what checks and probes say, from the first word on.
    func listen(to parts: ControlParts) {
        parts.servers.onChange = { [weak self] server, isUp, detail in
            self?.assumeIsolated { $0.noteServer(server, isUp: isUp, detail: detail) }
        }
        parts.checks.onChange = { [weak self] unit, action in
            self?.assumeIsolated { $0.noteCheck(unit, action) }
        }
        parts.checks.onResult = { [weak self] name in
            self?.assumeIsolated { $0.noteResult(of: name) }
        }
    }

    private func noteServer(_ server: ServerDeclaration, isUp: Bool, detail: String) {
        let line = ServerHealthStateMachine.line(
            name: server.name, address: server.address, isUp: isUp)
        logger.log(
            level: isUp ? .notice : .warning, "\(line)",
            metadata: detail.isEmpty ? nil : ["detail": "\(detail)"])
        refreshRoutes(cause: "server \(server.identity)")
    }

    private func noteCheck(_ name: CheckUnit, _ action: CheckStateMachine.Action) {
        switch action {
        case .none: return
        case .becameUp(let cause): logger.notice("check \(name) is up: \(cause)")
        case .becameDown(let cause): logger.warning("check \(name) is down: \(cause)")
        case .becameError(let cause):
            logger.error("check \(name) fails to say, its last verdict stands: \(cause)")
        case .becameDisabled(let cause): logger.notice("check \(name) is disabled: \(cause)")
        case .becameUnknown(let cause): logger.notice("check \(name) starts over: \(cause)")
        case .moved(let state, let cause):
            logger.info("check \(name) is \(state.rawValue)\(cause.isEmpty ? "" : ": \(cause)")")
        }
        refreshRoutes(cause: "check \(name)")
    }

    /// After every run: a score may move though the verdict does not, and rules may look at it.
    private func noteResult(of name: String) {
        guard let parts, let configuration = generation?.configuration else { return }
        parts.pushVerdict(of: name)
        if configuration.announcements.contains(where: { $0.rule != nil }) {
            refreshRoutes(cause: "result of \(name)")
        }
    }

    /// What the speaker tells: rules may look at sessions, and a lapsed lease wants its routes anew.
    func noteSession(_ event: SpeakerEvent) {
        switch event {
        case .stateChanged(let neighbor, _, _, _): refreshRoutes(cause: "neighbor \(neighbor)")
        case .leaseLapsed:
            logger.error("the lease on the routes lapsed: control was away too long")
            publishRoutes()
        case .leaseRestored: logger.notice("the lease on the routes is restored")
        case .routesReceived: break
        }
    }

    /// Decides every route anew; rules are asked when something they can see changed.
    func refreshRoutes(cause: String) {
        guard let parts, let live = generation else { return }
        logger.trace("routes are decided", metadata: ["cause": "\(cause)"])
        var gates: [String: CheckGate] = [:]
        for name in parts.checks.names {
            gates[name] = parts.checks.position(name).map { CheckGate($0) }
        }
        parts.announcer.refresh(
            view: nodeView(live, parts), checks: gates,
            presence: LocalPresence(
                addresses: parts.localAddresses,
                // Every declared listener is bound, or its generation was refused.
                unboundListeners: []))
    }

    func publishRoutes() {
        parts?.announcer.publish()
    }

    private static func view(of position: CheckPosition, _ parts: ControlParts) -> NodeView.Check {
        NodeView.Check(
            isUp: position.verdict == .up, state: position.state.rawValue, score: position.score,
            detail: position.detail,
            since: parts.clock.unixSeconds(at: position.since).rounded())
    }

    private func nodeView(_ live: LiveGeneration, _ parts: ControlParts) -> NodeView {
        var view = NodeView(name: options.nodeName)
        for name in parts.checks.names {
            guard let position = parts.checks.position(name) else { continue }
            var check = Self.view(of: position, parts)
            for (target, position) in parts.checks.targets(of: name) {
                check.targets[target.name] = Self.view(of: position, parts)
            }
            view.checks[name] = check
        }
        let servers = zip(live.configuration.servers, live.handles)
        for pool in live.configuration.pools {
            view.pools[pool.name] = servers.filter { $0.0.pools.contains(pool.name) }.map {
                NodeView.Server(name: $0.name, order: $1.order, isUp: $1.isUp)
            }
        }
        for neighbor in parts.handles.speaker.status().neighbors {
            view.neighbors["\(neighbor.key)"] = NodeView.Neighbor(
                isEstablished: neighbor.state == .established, state: neighbor.state.rawValue,
                since: neighbor.sinceUnixSeconds)
        }
        return view
    }
}
