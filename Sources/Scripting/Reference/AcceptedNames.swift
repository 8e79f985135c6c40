// SPDX-License-Identifier: Apache-2.0

/// dnsdist's functions that nothing here implements: those that a configuration may call all the
/// same, with a warning that says what happens instead, and those that are refused, because to go on
/// would be silently wrong.
enum AcceptedNames {
    /// What a call without effect gives to the script that goes on.
    enum Result: Hashable, Sendable {
        case nothing
        /// One whose methods do nothing.
        case object
        case zero
        case text
    }

    struct Accepted: Hashable, Sendable {
        let name: String
        let instead: String
        let result: Result
    }

    struct Refused: Hashable, Sendable {
        let name: String
        let because: String
    }

    static let withoutEffect: [Accepted] =
        accepted(calls, .nothing) + accepted(objects, .object) + accepted(counts, .zero)
        + accepted(texts, .text)

    static let refused: [Refused] = lines(refusals).map {
        Refused(name: $0.name, because: $0.words)
    }

    private static func accepted(_ text: String, _ result: Result) -> [Accepted] {
        lines(text).map { Accepted(name: $0.name, instead: $0.words, result: result) }
    }

    /// Names at the margin, and the words about them indented below.
    private static func lines(_ text: String) -> [(name: String, words: String)] {
        var pairs: [(name: String, words: String)] = []
        var names: [Substring] = []
        var words: [Substring] = []
        func flush() {
            let sentence = words.joined(separator: " ")
            pairs += names.map { (String($0), sentence) }
            names = []
            words = []
        }
        for line in text.split(separator: "\n") {
            if line.hasPrefix(" ") {
                words.append(line.drop { $0 == " " })
            } else {
                if !words.isEmpty { flush() }
                names += line.split(separator: " ")
            }
        }
        flush()
        return pairs
    }

    // MARK: Without effect

    private static let calls = """
        controlSocket makeKey testCrypto
            the control socket is a local one (pharos --control)
        setKey
            the control socket is a local one and needs no key
        setConsoleACL addConsoleACL
            the control socket is a local one; its file mode decides
        setConsoleConnectionsLogging setConsoleMaximumConcurrentConnections
        setConsoleOutputMaxMsgSize clearConsoleHistory
            the control socket is a local one
        setAPIWritable
            the web server shows metrics and health only
        registerWebHandler
            the web server shows metrics and health only; the handler is never called
        setSecurityPollSuffix setSecurityPollInterval
            nothing is polled
        setVerbose
            use pharos run -v
        setSyslogFacility setVerboseLogDestination
            logs go to standard error
        setStructuredLogging setStructuredLoggingOptions
            use pharos run --log-format json
        carbonServer snmpAgent
            nothing is sent; the web server has the metrics
        declareMetric
            the metric is not exported
        setMaxTCPClientThreads setMaxTCPQueuedConnections setTCPInternalPipeBufferSize
        setTCPUseSinglePipe
            one event loop serves TCP
        setMaxTCPConnectionsRatePerClient setMaxCachedTCPConnectionsPerDownstream
        setMaxTCPReadIOsPerQuery setTCPConnectionsOverloadThreshold
            the bound is ours
        setTCPConnectionRateInterval setTCPConnectionsMaskV4 setTCPConnectionsMaskV6
        setTCPConnectionsMaskV4Port setBanDurationForExceedingMaxReadIOsPerQuery
        setBanDurationForExceedingTCPTLSRate
            connections are counted for each address, not rated; nobody is banned for them
        setAddEDNSToSelfGeneratedResponses
            our own answers have an OPT when their query has one
        setPayloadSizeOnSelfGeneratedAnswers
            our own answers say 1232
        setAllowEmptyResponse
            an answer without a question counts when it reports an error, and only then
        setDropEmptyQueries
            a query without a question is answered with NOTIMP
        setTCPFastOpenKey
            TCP Fast Open is not used
        setTCPDownstreamCleanupInterval setTCPDownstreamMaxIdleTime
            idle connections are closed by a timer
        setMaxCachedDoHConnectionsPerDownstream setMaxIdleDoHConnectionsPerDownstream
        setDoHDownstreamCleanupInterval setDoHDownstreamMaxIdleTime setOutgoingDoHWorkerThreads
            there is no DNS over HTTPS
        setOutgoingTLSSessionsCacheCleanupDelay setOutgoingTLSSessionsCacheMaxTicketsPerBackend
        setOutgoingTLSSessionsCacheMaxTicketValidity reloadAllCertificates reloadCertificates
        setSelfSignedCertificate generateOCSPResponse setTicketsKeyAddedHook loadTLSEngine
        loadTLSProvider setMaxTLSNewSessionRatePerClient setMaxTLSResumedSessionRatePerClient
            there is no TLS
        setRingBuffersLockRetries
            no lock is taken
        setRingBuffersOptions
            traffic is noted once something looks at it, and without a lock
        setDynBlocksPurgeInterval
            a block is forgotten in the second that it ends
        setUDPSocketBufferSizes
            the sizes are ours
        setUDPMultipleMessagesVectorSize
            queries are always read in batches
        setRandomizedOutgoingSockets
            source ports are always random
        setRandomizedIdsOverUDP
            identifiers are always random
        addCapabilitiesToRetain
            the service unit decides
        addTLSLocal
            no listener is opened there: clients of DNS over TLS are not served
        addDOHLocal addDOH3Local
            no listener is opened there: clients of DNS over HTTPS are not served
        addDOQLocal
            no listener is opened there: clients of DNS over QUIC are not served
        addDNSCryptBind
            no listener is opened there: clients of DNSCrypt are not served
        generateDNSCryptCertificate generateDNSCryptProviderKeys
            DNSCrypt is not spoken
        addXPF
            dnsdist 2.0 removed it too
        setProxyProtocolACL setProxyProtocolApplyACLToProxiedClients
        setProxyProtocolMaximumPayloadSize
            the PROXY protocol is not understood
        setDefaultBPFFilter registerDynBPFFilter unregisterDynBPFFilter
            packets are not filtered in the kernel
        addBPFFilterDynBlocks
            nobody is blocked in the kernel; dynamic blocks work without it
        setQueryCount setQueryCountFilter clearQueryCounters
            queries are not counted by name
        showACL showBinds showCacheHitResponseRules showConsoleACL showDNSCryptBinds
        showDOHFrontends showDOHResponseCodes showPools showPoolServerPolicy
        showResponseLatency showResponseRules showRules showSecurityStatus
        showSelfAnsweredResponseRules showServerPolicy showServers showTCPStats showTLSContexts
        showTLSErrorCounters showUUIDs showWebserverConfig dumpStats topBandwidth
        topCacheHitResponseRules topCacheHitRules topClients topQueries topResponseRules
        topResponses topRules topSelfAnsweredResponseRules topSlow grepq
            use pharos status
        showVersion
            use pharos --version
        """

    private static let objects = """
        newBPFFilter newDynBPFFilter
            packets are not filtered in the kernel
        newTLSCertificate getTLSContext getTLSFrontend
            there is no TLS
        newDOHResponseMapEntry getDOHFrontend
            there is no DNS over HTTPS
        getDNSCryptBind
            DNSCrypt is not spoken
        """

    private static let counts = """
        getDNSCryptBindCount getDOHFrontendCount getTLSFrontendCount getOutgoingTLSSessionCacheSize
            there is none, 0 is returned
        incMetric decMetric setMetric getMetric
            the metric is not exported
        """

    private static let texts = """
        getConfiguredTLSProvider getEffectiveTLSProvider
            there is no TLS
        """

    // MARK: Refused

    private static let refusals = """
        LuaFFIAction LuaFFIPerThreadAction
            Lua here is 5.4 without ffi; LuaAction does the same, without a lock
        LuaFFIResponseAction LuaFFIPerThreadResponseAction
            Lua here is 5.4 without ffi; LuaResponseAction does the same, without a lock
        LuaFFIRule LuaFFIPerThreadRule
            Lua here is 5.4 without ffi; LuaRule does the same, without a lock
        setServerPolicyLuaFFI setServerPolicyLuaFFIPerThread
            Lua here is 5.4 without ffi; use setServerPolicyLua, whose functions take no lock
        setPoolServerPolicyLuaFFI setPoolServerPolicyLuaFFIPerThread
            Lua here is 5.4 without ffi; use setPoolServerPolicyLua, whose functions take no lock
        newThread
            scripts have no threads of their own; use every(seconds, f) or a check
        submitToMainThread
            scripts have no threads of their own; shared values reach all of them
        getTopQueries getTopResponses getTopBandwidth getTopSlow getSlowResponses
            answers are not kept for such lists
        getTopRules getTopResponseRules getTopCacheHitResponseRules getTopSelfAnsweredResponseRules
            counters are in pharos status --json
        getStatisticsCounters
            counters are in pharos status --json and /metrics
        getQueryCounters
            queries are not counted by name
        """
}
