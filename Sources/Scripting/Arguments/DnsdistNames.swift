// SPDX-License-Identifier: Apache-2.0

/// Functions that dnsdist has or had, in any release: an unknown one is told apart from a typo.
///
/// The names are facts taken from dnsdist 1.7.3's own symbol list and from the survey of public
/// configurations in research/dialects.md §3.
enum DnsdistNames {
    static let functions = Set(
        """
        addACL addAction addAnyTCRule addBPFFilterDynBlocks addCacheHitResponseAction
        addCacheInsertedResponseAction addCapabilitiesToRetain addConsoleACL addDelay
        addDisableValidationRule addDNSCryptBind addDOH3Local addDOHLocal addDomainBlock
        addDomainCNAMESpoof addDomainSpoof addDOQLocal addDynBlocks addDynBlockSMT addExitCallback
        addLocal addLuaAction addMaintenanceCallback addNoRecurseRule addPoolRule addQPSLimit
        addQPSPoolRule addResponseAction addSelfAnsweredResponseAction addTimeoutResponseAction
        addTLSLocal addXFRResponseAction addXPF AllowAction AllowResponseAction AllRule AndRule
        carbonServer clearConsoleHistory clearDynBlocks clearQueryCounters
        ClearRecordTypesResponseAction clearRules ContinueAction controlSocket declareMetric
        decMetric DelayAction DelayResponseAction DisableECSAction DisableValidationAction
        DNSSECRule DnstapLogAction DnstapLogResponseAction DropAction DropResponseAction
        DSTPortRule dumpStats dynBlockRulesGroup ECSOverrideAction ECSPrefixLengthAction
        EDNSOptionRule EDNSVersionRule ERCodeAction ERCodeRule errlog exceedNXDOMAINs exceedQRate
        exceedQTypeRate exceedRespByterate exceedServFails generateDNSCryptCertificate
        generateDNSCryptProviderKeys generateOCSPResponse getAddressInfo getBind getBindCount
        getCacheHitResponseRules getConfiguredTLSProvider getDNSCryptBind getDNSCryptBindCount
        getDOHFrontend getDOHFrontendCount getEffectiveTLSProvider getMetric
        getObjectFromYAMLConfiguration getOutgoingTLSSessionCacheSize getPool getPoolServers
        getQueryCounters getResponseRing getRingEntries getServer getServers getSlowResponses
        getStatisticsCounters getTLSContext getTLSFrontend getTLSFrontendCount getTopBandwidth
        getTopCacheHitResponseRules getTopQueries getTopResponseRules getTopResponses getTopRules
        getTopSelfAnsweredResponseRules getTopSlow grepq hashPassword HTTPHeaderRule
        HTTPPathRegexRule HTTPPathRule HTTPStatusAction includeDirectory incMetric
        IncomingProtocolRule infolog KeyValueLookupKeyQName KeyValueLookupKeySuffix
        KeyValueStoreLookupAction KeyValueStoreLookupRule KeyValueStoreRangeLookupAction
        KeyValueStoreRangeLookupRule LimitTTLResponseAction loadTLSEngine loadTLSProvider
        LogAction logDNSQuestion LogResponseAction LuaAction LuaFFIAction LuaFFIPerThreadAction
        LuaFFIPerThreadResponseAction LuaFFIPerThreadRule LuaFFIResponseAction LuaFFIRule
        LuaResponseAction LuaRule MacAddrAction makeKey makeRule MaxQPSIPRule MaxQPSRule
        mvCacheHitResponseRule mvCacheHitResponseRuleToTop mvResponseRule mvResponseRuleToTop
        mvRule mvRuleToTop mvSelfAnsweredResponseRule mvSelfAnsweredResponseRuleToTop
        NetmaskGroupRule newBPFFilter newCA newCAFromRaw newCDBKVStore newDNSName
        newDNSNameFromRaw newDNSNameSet newDNSPacketOverlay newDOHResponseMapEntry newDynBPFFilter
        newFrameStreamTcpLogger newFrameStreamUnixLogger newLMDBKVStore newNetmask newNMG
        newPacketCache newQPSLimiter newRemoteLogger newServer newServerPolicy newSuffixMatchNode
        newSVCRecordParameters newThread newTLSCertificate newXsk NoneAction NoRecurseAction
        NotRule OpcodeRule OrRule OutgoingProtocolRule PayloadSizeRule PoolAction
        PoolAvailableRule PoolOutstandingRule ProbaRule ProxyProtocolValueRule QClassRule
        QNameLabelsCountRule QNameRule QNameSetRule QNameSuffixRule QNameWireLengthRule QPSAction
        QPSLimitRule QPSPoolAction QTypeRule RCodeAction RCodeRule RDRule RE2Rule RecordsCountRule
        RecordsTypeCountRule RegexRule registerDynBPFFilter registerWebHandler
        reloadAllCertificates reloadCertificates RemoteLogAction RemoteLogResponseAction rmACL
        rmCacheHitResponseRule rmResponseRule rmRule rmSelfAnsweredResponseRule rmServer setACL
        setACLFromFile setAddEDNSToSelfGeneratedResponses SetAdditionalProxyProtocolValueAction
        setAllowEmptyResponse setAPIWritable setBanDurationForExceedingMaxReadIOsPerQuery
        setBanDurationForExceedingTCPTLSRate setCacheCleaningDelay setCacheCleaningPercentage
        setConsistentHashingBalancingFactor setConsoleACL setConsoleConnectionsLogging
        setConsoleMaximumConcurrentConnections setConsoleOutputMaxMsgSize setDefaultBPFFilter
        SetDisableECSAction SetDisableValidationAction setDoHDownstreamCleanupInterval
        setDoHDownstreamMaxIdleTime setDropEmptyQueries setDynBlocksAction
        setDynBlocksPurgeInterval SetECSAction setECSOverride SetECSOverrideAction
        SetECSPrefixLengthAction setECSSourcePrefixV4 setECSSourcePrefixV6 SetEDNSOptionAction
        SetExtendedDNSErrorAction setKey setLocal SetMacAddrAction
        setMaxCachedDoHConnectionsPerDownstream setMaxCachedTCPConnectionsPerDownstream
        setMaxIdleDoHConnectionsPerDownstream SetMaxReturnedTTLAction setMaxTCPClientThreads
        setMaxTCPConnectionDuration setMaxTCPConnectionsPerClient
        setMaxTCPConnectionsRatePerClient setMaxTCPQueriesPerConnection setMaxTCPQueuedConnections
        setMaxTCPReadIOsPerQuery setMaxTLSNewSessionRatePerClient
        setMaxTLSResumedSessionRatePerClient SetMaxTTLResponseAction setMaxUDPOutstanding
        setMetric SetMinTTLResponseAction SetNegativeAndSOAAction SetNoRecurseAction
        setOutgoingDoHWorkerThreads setOutgoingTLSSessionsCacheCleanupDelay
        setOutgoingTLSSessionsCacheMaxTicketsPerBackend
        setOutgoingTLSSessionsCacheMaxTicketValidity setPayloadSizeOnSelfGeneratedAnswers
        setPoolServerPolicy setPoolServerPolicyLua setPoolServerPolicyLuaFFI
        setPoolServerPolicyLuaFFIPerThread setProxyProtocolACL
        setProxyProtocolApplyACLToProxiedClients setProxyProtocolMaximumPayloadSize
        SetProxyProtocolValuesAction setQueryCount setQueryCountFilter setRandomizedIdsOverUDP
        setRandomizedOutgoingSockets SetReducedTTLResponseAction setRingBuffersLockRetries
        setRingBuffersOptions setRingBuffersSize setRoundRobinFailOnNoServer
        setSecurityPollInterval setSecurityPollSuffix setSelfSignedCertificate setServerPolicy
        setServerPolicyLua setServerPolicyLuaFFI setServerPolicyLuaFFIPerThread
        setServFailWhenNoServer SetSkipCacheAction SetSkipCacheResponseAction
        setStaleCacheEntriesTTL setStructuredLogging setStructuredLoggingOptions setSyslogFacility
        SetTagAction SetTagResponseAction setTCPConnectionRateInterval setTCPConnectionsMaskV4
        setTCPConnectionsMaskV4Port setTCPConnectionsMaskV6 setTCPConnectionsOverloadThreshold
        setTCPDownstreamCleanupInterval setTCPDownstreamMaxIdleTime setTCPFastOpenKey
        setTCPInternalPipeBufferSize setTCPRecvTimeout setTCPSendTimeout setTCPUseSinglePipe
        SetTempFailureCacheTTLAction setTicketsKeyAddedHook setUDPMultipleMessagesVectorSize
        setUDPSocketBufferSizes setUDPTimeout setVerbose setVerboseHealthChecks
        setVerboseLogDestination setWebserverConfig setWeightedBalancingFactor
        setWHashedPertubation setWHashedPerturbation showACL showBinds showCacheHitResponseRules
        showConsoleACL showDNSCryptBinds showDOHFrontends showDOHResponseCodes showDynBlocks
        showPools showPoolServerPolicy showResponseLatency showResponseRules showRules
        showSecurityStatus showSelfAnsweredResponseRules showServerPolicy showServers showTCPStats
        showTLSContexts showTLSErrorCounters showUUIDs showVersion showWebserverConfig
        SkipCacheAction SNIRule snmpAgent SNMPTrapAction SNMPTrapResponseAction SpoofAction
        SpoofCNAMEAction SpoofPacketAction SpoofRawAction SpoofSVCAction submitToMainThread
        SuffixMatchNodeRule TagRule TCAction TCPRule TeeAction TempFailureCacheTTLAction
        testCrypto TimedIPSetRule topBandwidth topCacheHitResponseRules topCacheHitRules
        topClients topQueries topResponseRules topResponses topRule topRules
        topSelfAnsweredResponseRules topSlow TrailingDataRule truncateTC unregisterDynBPFFilter
        vinfolog warnlog webserver
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
