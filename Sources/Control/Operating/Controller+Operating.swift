// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Health
import Logging
import NIOCore

// MARK: - pharos drain, undrain, force

extension Controller {
    /// How long a route carries GRACEFUL_SHUTDOWN before it is withdrawn: default 10 s, in which
    /// routers choose other paths and tell their neighbours (RFC 8326 §4.1: "some time").
    static let graceSecondsDefault = 10.0
    /// An hour is a maintenance of its own.
    static let graceSecondsMax = 3_600.0

    /// Does what a person says about routes and checks.
    func operate(_ request: ControlRequest, by peer: ControlPeer) async -> ControlReply {
        guard let parts, generation != nil, !isStopping else {
            return .refused("pharos is \(isStopping ? "stopping" : "still starting")")
        }
        let words = request.operation ?? OperatorRequest()
        let by = peer.name(sudoUser: words.sudoUser)
        let target: DrainTarget
        do throws(DaemonError) {
            target = try self.target(named: words.target, parts)
        } catch {
            return .refused(error.description)
        }
        switch request.verb {
        case .drain: return await drain(target, words, by: by, parts)
        case .undrain: return await undrain(target, by: by, parts)
        case .force: return await force(target, words, by: by, parts)
        default: return .refused("the request is not understood")
        }
    }

    /// A check by its name, or a prefix that is announced; an address means its own prefix.
    private func target(
        named name: String?, _ parts: ControlParts
    ) throws(DaemonError) -> DrainTarget {
        guard let name else { return .node }
        // Those of helpers among them.
        let prefixes = Set(parts.announcer.statuses().map(\.route.prefix))
        if parts.checks.names.contains(name) { return .check(name) }
        if let prefix = IPPrefix(name) {
            let target = DrainTarget.prefix(prefix)
            if prefixes.contains(prefix) || book.knows(target) { return target }
        }
        if book.knows(.check(name)) { return .check(name) }
        func list(_ what: String, _ names: [String]) -> String {
            let more = names.count > 5 ? ", and \(names.count - 5) more" : ""
            return names.isEmpty
                ? "no \(what)" : "\(what) \(names.prefix(5).joined(separator: ", "))\(more)"
        }
        throw .request(
            "'\(name)' is neither a check nor a prefix that is announced; there is "
                + list("check", parts.checks.names) + "; "
                + list("prefix", prefixes.sorted().map { "\($0)" }))
    }

    // MARK: - Drain

    private func drain(
        _ target: DrainTarget, _ words: OperatorRequest, by: String, _ parts: ControlParts
    ) async -> ControlReply {
        let grace = Duration.seconds(
            min(max(0, words.graceSeconds ?? Self.graceSecondsDefault), Self.graceSecondsMax))
        let isServed = parts.announcer.statuses().contains {
            $0.isAnnounced && target.concerns($0.route.prefix, in: generation?.configuration)
        }
        let drain = OperatorBook.Drain(
            target: target, since: ControlClock.unixSeconds, reason: words.shortReason, by: by)
        // What nobody was told of needs no time to move away.
        let isNew = book.drain(drain, grace: isServed ? grace : .zero, now: parts.clock.now)
        if isNew {
            logger.notice("\(target) is \(drain.words)")
            files.note(
                JournalEvent(
                    .drain, target.text, "drained", cause: drain.reason, by: by,
                    text: "\(target) is \(drain.words)"))
        }
        applyBook(cause: "drain of \(target)")
        let fault = await saveNow()
        let head = isNew ? "\(target) drains" : "\(target) is drained already"
        guard words.wait else {
            let rest =
                book.gracefulEnds[target] == nil
                ? "withdrawn now"
                : "withdrawn in \(Self.seconds(grace)), once routers chose other paths"
            return .done("\(head): \(rest)", notKept: fault)
        }
        let end = await awaitQuiet(target, words, parts)
        return .done("\(head): \(end)", notKept: fault)
    }

    private func undrain(
        _ target: DrainTarget, by: String, _ parts: ControlParts
    ) async -> ControlReply {
        guard let drain = book.undrain(target) else {
            let others = book.sortedDrains.map { "\($0.target)" }.joined(separator: ", ")
            return .done(
                "\(target) was not drained"
                    + (others.isEmpty ? "" : "; drained: \(others)"), notKept: nil)
        }
        logger.notice("\(target) is no longer \(drain.words); by \(by)")
        files.note(
            JournalEvent(
                .drain, target.text, "undrained", cause: drain.reason, by: by,
                text: "\(target) is no longer drained, by \(by)"))
        applyBook(cause: "undrain of \(target)")
        let fault = await saveNow()
        let left = book.sortedDrains.map { "\($0.target)" }.joined(separator: ", ")
        return .done(
            "\(target) is back in service, as its checks say"
                + (left.isEmpty ? "" : "; still drained: \(left)"), notKept: fault)
    }

    // MARK: - Force

    private func force(
        _ target: DrainTarget, _ words: OperatorRequest, by: String, _ parts: ControlParts
    ) async -> ControlReply {
        guard target != .node else { return .refused("name the check or the prefix") }
        guard let isUp = words.isUp else { return await unforce(target, by: by, parts) }
        let now = ControlClock.unixSeconds
        let force = OperatorBook.Force(
            target: target, isUp: isUp, since: now, until: words.seconds.map { now + $0 },
            reason: words.shortReason, by: by)
        guard book.forces[target] != nil || book.forces.count < OperatorBook.entriesMax else {
            return .refused("\(OperatorBook.entriesMax) things are forced already")
        }
        book.force(force)
        logger.warning("\(target) is \(force.words)")
        files.note(
            JournalEvent(
                .force, target.text, isUp ? "up" : "down", cause: force.reason, by: by,
                text: "\(target) is \(force.words)"))
        applyBook(cause: "force of \(target)", changed: target)
        let fault = await saveNow()
        var line = "\(target) is \(force.words)"
        if force.until == nil { line += "; it lasts until `pharos force auto`" }
        if isUp, let obstacle = obstacle(to: target, parts) { line += "; but \(obstacle)" }
        return .done(line, notKept: fault)
    }

    private func unforce(
        _ target: DrainTarget, by: String, _ parts: ControlParts
    ) async -> ControlReply {
        guard let force = book.unforce(target) else {
            return .done("\(target) was not forced", notKept: nil)
        }
        noteEnd(of: force, by: by)
        applyBook(cause: "force of \(target)", changed: target)
        return .done("\(target) follows its checks again", notKept: await saveNow())
    }

    /// Why a prefix that is forced up is not announced all the same.
    private func obstacle(to target: DrainTarget, _ parts: ControlParts) -> String? {
        guard case .prefix(let prefix) = target else { return nil }
        return parts.announcer.statuses().first {
            $0.route.prefix == prefix && !$0.isAnnounced
        }?.reason
    }

    func noteEnd(of force: OperatorBook.Force, by: String? = nil) {
        let words = by.map { "by \($0)" } ?? "its time is over"
        logger.notice("\(force.target) is no longer \(force.words); \(words)")
        files.note(
            JournalEvent(
                .force, force.target.text, "auto", cause: words, by: by,
                text: "\(force.target) is no longer forced \(force.isUp ? "up" : "down"), \(words)"
            ))
    }

    // MARK: - Into force

    /// Hands what people said to routes and checks, and decides by it.
    func applyBook(cause: String, changed: DrainTarget? = nil) {
        guard let parts else { return }
        bookTimer?.cancel()
        let drain = book.drains[.node]
        setStopText("pharos stops" + (drain.map { ", \($0.words)" } ?? ""))
        var phases = book.phases(now: parts.clock.now)
        if let leaving { phases[.node] = max(phases[.node] ?? leaving, leaving) }
        parts.announcer.setOperator(drains: phases, forces: book.routeForces)
        parts.checks.setForced(
            book.checkForces.mapValues { ForcedVerdict(isUp: $0.isUp, words: $0.words) })
        if case .check(let name) = changed { tellVerdict(of: name, parts) }
        refreshRoutes(cause: cause)
        bookTimer = book.nextGracefulEnd.map { end in
            parts.clock.schedule(at: end) { [weak self] in
                self?.assumeIsolated { $0.applyBook(cause: "a drain moves on") }
            }
        }
    }

    /// At each heart-beat, by the wall clock: what was said for a time ends by itself.
    func tendBook() {
        guard let parts, !book.forces.isEmpty else { return }
        let ended = book.expire(at: ControlClock.unixSeconds)
        guard !ended.isEmpty else { return }
        ended.forEach { noteEnd(of: $0) }
        applyBook(cause: "a forced state ends")
        for case .check(let name) in ended.map(\.target) { tellVerdict(of: name, parts) }
        Task { _ = await saveNow() }
    }

    private func tellVerdict(of name: String, _ parts: ControlParts) {
        parts.pushVerdict(of: name)
        noteVerdict(of: CheckUnit(check: name))
    }

    static func seconds(_ duration: Duration) -> String {
        let seconds = (duration / .milliseconds(1)).rounded() / 1_000
        let text = "\(seconds)"
        return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + " s"
    }
}

extension OperatorBook {
    func knows(_ target: DrainTarget) -> Bool {
        drains[target] != nil || forces[target] != nil
    }
}

extension ControlReply {
    static func refused(_ message: String) -> ControlReply {
        ControlReply(exitStatus: 1, message: message)
    }

    /// What was done holds now; whether it outlives the process is said where it does not.
    static func done(_ message: String, notKept fault: String?) -> ControlReply {
        ControlReply(
            exitStatus: 0,
            message: message + (fault.map { "\nnot kept over a restart: \($0)" } ?? ""))
    }
}
