// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// dnsdist's calls that are taken as they are and change nothing here, each with one warning.
extension Evaluation {
    /// The name, and what happens instead.
    private static let accepted: [(name: String, instead: String)] = [
        ("controlSocket", "the control socket is a local one (pharos --control)"),
        ("setKey", "the control socket is a local one and needs no key"),
        ("setConsoleACL", "the control socket is a local one; its file mode decides"),
        ("addConsoleACL", "the control socket is a local one; its file mode decides"),
        ("setConsoleConnectionsLogging", "the control socket is a local one"),
        ("setWebserverConfig", "the web server shows metrics and health only"),
        ("setAPIWritable", "the web server shows metrics and health only"),
        ("setSecurityPollSuffix", "nothing is polled"),
        ("setSecurityPollInterval", "nothing is polled"),
        ("setVerbose", "use pharos run -v"),
        ("setVerboseHealthChecks", "every change of state is logged"),
        ("setSyslogFacility", "logs go to standard error"),
        ("setStructuredLogging", "use pharos run --log-format json"),
        ("setMaxTCPClientThreads", "one event loop serves TCP"),
        ("setMaxUDPOutstanding", "the bound is ours"),
        ("setMaxTCPQueuedConnections", "one event loop serves TCP"),
        ("setMaxTCPQueriesPerConnection", "the bound is ours"),
        ("setMaxTCPConnectionsPerClient", "the bound is ours"),
        ("setMaxTCPConnectionDuration", "the bound is ours"),
        ("setMaxCachedTCPConnectionsPerDownstream", "the bound is ours"),
        ("setTCPRecvTimeout", "the timeout of idle clients is ours"),
        ("setTCPSendTimeout", "the timeout of slow clients is ours"),
        ("setTCPInternalPipeBufferSize", "one event loop serves TCP"),
        ("setTCPDownstreamCleanupInterval", "idle connections are closed by a timer"),
        ("setTCPDownstreamMaxIdleTime", "idle connections are closed by a timer"),
        ("setRingBuffersSize", "there are no ring buffers yet"),
        ("setRingBuffersLockRetries", "there are no ring buffers yet"),
        ("setUDPSocketBufferSizes", "the sizes are ours"),
        ("setUDPMultipleMessagesVectorSize", "queries are always read in batches"),
        ("setRandomizedOutgoingSockets", "source ports are always random"),
        ("setRandomizedIdsOverUDP", "identifiers are always random"),
        ("addCapabilitiesToRetain", "the service unit decides"),
    ]

    func defineAcceptedNames() throws(LuaError) {
        for (name, instead) in Self.accepted {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(name, because: instead, at: location(of: call))
                return []
            }
        }
    }

    /// One warning for each thing that is taken and has no effect, however often it is said.
    func warnOnce(_ thing: String, because reason: String? = nil, at location: SourceLocation) {
        guard warnedCalls.insert(thing).inserted else { return }
        warn("\(thing): accepted without effect" + (reason.map { ": \($0)" } ?? ""), at: location)
    }
}
