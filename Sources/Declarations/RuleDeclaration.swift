// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// A domain name as it is compared: wire form, ASCII letters in lower case, the root label included.
public typealias WireName = [UInt8]

/// Which queries or responses a rule applies to (dnsdist's selectors, named after what they ask).
public indirect enum Selector: Hashable, Sendable {
    case all
    case queryType(UInt16)
    case queryClass(UInt16)
    case opcode(UInt8)
    /// `QNameRule`: exactly this name.
    case queryName(WireName)
    /// `QNameSetRule`: exactly one of these.
    case queryNames(Set<WireName>)
    /// `SuffixMatchNodeRule`, `QNameSuffixRule`: one of these or below one of them.
    case suffixes(Set<WireName>)
    /// `RegexRule`: a POSIX extended expression, ignoring case, on the name without its last dot.
    case regularExpression(String)
    /// `QNameLabelsCountRule`: fewer than `min` labels or more than `max`.
    case labelCountOutside(min: Int, max: Int)
    /// `QNameWireLengthRule`: fewer than `min` octets or more than `max`.
    case nameLengthOutside(min: Int, max: Int)
    /// `TCPRule(true)` or `TCPRule(false)`.
    case overTCP(Bool)
    /// `RDRule`.
    case recursionDesired
    /// `DNSSECRule`: the DO bit.
    case dnssecOK
    /// `EDNSOptionRule`.
    case ednsOption(UInt16)
    /// `EDNSVersionRule`: a version above this one.
    case ednsVersionAbove(UInt8)
    /// `TrailingDataRule`.
    case trailingData
    case source([IPPrefix])
    /// `NetmaskGroupRule(group, false)`: the address that was asked.
    case destination([IPPrefix])
    case destinationPort(UInt16)
    /// `TagRule`; without a value any value will do.
    case tag(name: String, value: String?)
    /// `RCodeRule`, on responses: the header's four bits.
    case responseCode(UInt8)
    /// `ERCodeRule`, on responses: with EDNS's upper bits.
    case extendedResponseCode(UInt16)
    /// `RecordsCountRule`; sections 0…3.
    case recordCount(section: UInt8, ClosedRange<UInt16>)
    /// `RecordsTypeCountRule`.
    case recordTypeCount(section: UInt8, type: UInt16, ClosedRange<UInt16>)
    /// `ProbaRule`: 0…1.
    case probability(Double)
    /// `PoolAvailableRule`.
    case poolAvailable(String)
    /// `PoolOutstandingRule`: more than this many.
    case poolOutstandingAbove(String, Int)
    /// Matches what exceeds the rate; dnsdist's `MaxQPSRule` is its negation.
    case queryRateAbove(QueryRateLimit)
    /// `MaxQPSIPRule`: matches what exceeds the rate of one source.
    case sourceQueryRateAbove(SourceQueryRateLimit)
    /// `KeyValueStoreLookupRule`: the store has the key.
    case keyValueStore(ordinal: Int, KeyValueLookupKey)
    /// `LuaRule`: the function, in the plane's VM, returns true.
    case script(FunctionReference)
    case and([Selector])
    case or([Selector])
    case not(Selector)
}

/// A token bucket: so many a second, so many at once.
public struct QueryRateLimit: Hashable, Sendable {
    public var perSecond: Int
    public var burst: Int

    public init(perSecond: Int, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// `MaxQPSIPRule`: a token bucket for each source network.
public struct SourceQueryRateLimit: Hashable, Sendable {
    public var rate: QueryRateLimit
    /// Prefix lengths that make one source.
    public var lengthV4 = 32
    public var lengthV6 = 64
    /// Seconds after which a source that stayed silent is forgotten.
    public var expirationSeconds = 300

    public init(rate: QueryRateLimit) {
        self.rate = rate
    }
}

/// What of a query is looked up in a key-value store (`KeyValueLookupKeyQName` and its siblings).
public enum KeyValueLookupKey: Hashable, Sendable {
    /// In wire form or as text without the last dot.
    case queryName(isWire: Bool)
    /// The name, then its parents, until one is found; at least `minLabels` labels.
    case suffixes(minLabels: Int, isWire: Bool)
    /// The source's octets, or those of its network (plus the port's two when asked).
    case sourceAddress(lengthV4: Int, lengthV6: Int, includesPort: Bool)
    /// The value of a tag.
    case tag(String)
}

/// A CDB file (`newCDBKVStore`).
public struct KeyValueStoreDeclaration: Hashable, Sendable {
    public var path: String
    /// Seconds between looks at the file's time.
    public var refreshSeconds: Int
    public var location: SourceLocation

    public init(path: String, refreshSeconds: Int, location: SourceLocation) {
        self.path = path
        self.refreshSeconds = refreshSeconds
        self.location = location
    }
}

/// What is done with a query that a rule selects (dnsdist's actions).
///
/// Those that decide end the chain: `allow`, `drop`, `truncate` over UDP, `responseCode`, `spoof…`,
/// `pool` unless it goes on, `queryRate…` when exceeded, a script that says so.
public enum Action: Hashable, Sendable {
    case allow
    case drop
    /// Answers with TC=1 and no records, over UDP; no effect over TCP (`TCAction`).
    case truncate
    case responseCode(UInt8, SpoofOptions = SpoofOptions())
    /// `ERCodeAction`: needs the client's EDNS for the upper bits.
    case extendedResponseCode(UInt16, SpoofOptions = SpoofOptions())
    case pool(String, endsChain: Bool = true)
    /// `SpoofAction` with addresses: those of the asked type, all of both for ANY; a query of
    /// another type goes on.
    case spoofAddresses([IPAddress], SpoofOptions = SpoofOptions())
    /// `SpoofAction` with a name, `SpoofCNAMEAction`.
    case spoofAlias(WireName, SpoofOptions = SpoofOptions())
    /// `SpoofRawAction`: RDATA, one record each, of the asked type or the one given.
    case spoofRaw([[UInt8]], type: UInt16?, SpoofOptions = SpoofOptions())
    /// `NegativeAndSOAAction`: NXDOMAIN, or no data, with the zone's SOA; its TTL is the options'.
    case negative(isNameError: Bool, StartOfAuthority, SpoofOptions = SpoofOptions())
    /// `SetTagAction`.
    case setTag(name: String, value: String)
    /// `DelayAction`: the response, over UDP.
    case delay(milliseconds: Int)
    case log(LogTarget)
    /// `SetNoRecurseAction`.
    case noRecurse
    /// `SetDisableValidationAction`: sets CD.
    case disableValidation
    /// `SetSkipCacheAction`.
    case skipCache
    /// `SetTempFailureCacheTTLAction`, seconds.
    case temporaryFailureTTL(UInt32)
    /// `SetDisableECSAction`, `SetECSOverrideAction`, `SetECSPrefixLengthAction`, `SetECSAction`.
    case clientSubnet(ClientSubnetChange)
    /// `QPSAction`: drops what exceeds the rate, lets the rest go on.
    case dropAbove(QueryRateLimit)
    /// `QPSPoolAction`: to the pool while within the rate, else it goes on.
    case poolWithin(QueryRateLimit, pool: String, endsChain: Bool = true)
    /// `LuaAction`: a function in the plane's VM decides.
    case script(FunctionReference)
    case none
}

/// The SOA record of a negative answer (RFC 1035 §3.3.13, RFC 2308 §3).
public struct StartOfAuthority: Hashable, Sendable {
    public var zone: WireName
    /// In wire form, names uncompressed.
    public var data: [UInt8]
    /// dnsdist puts the record into the additional section unless told otherwise, as RPZ does.
    public var isInAuthoritySection: Bool

    public init(zone: WireName, data: [UInt8], isInAuthoritySection: Bool) {
        self.zone = zone
        self.data = data
        self.isInAuthoritySection = isInAuthoritySection
    }
}

/// How a query's EDNS client subnet is treated.
public enum ClientSubnetChange: Hashable, Sendable {
    case disable
    case override(Bool)
    case prefixLengths(v4: Int, v6: Int)
    /// `SetECSAction`: servers are told these in place of the client's own network, by its family.
    case networks(v4: IPPrefix, v6: IPPrefix)
}

/// Header bits and TTL of an answer that a rule gives.
public struct SpoofOptions: Hashable, Sendable {
    /// Seconds.
    public var ttl: UInt32 = 60
    /// `nil` leaves the bit as dnsdist does: AA 0, AD 0, RA as the query's RD.
    public var aa: Bool?
    public var ad: Bool?
    public var ra: Bool?

    public init() {}

    /// As dnsdist answers with a Lua action's code, and without a server: RA 0.
    public static var withoutRecursion: SpoofOptions {
        var options = SpoofOptions()
        options.ra = false
        return options
    }
}

/// Where `LogAction` writes a line for each query.
public struct LogTarget: Hashable, Sendable {
    /// Empty: our own log.
    public var path: String
    public var appends = false
    public var isVerboseOnly = true
    public var includesTime = false

    public init(path: String) {
        self.path = path
    }
}

/// What is done with a response that a rule selects.
public enum ResponseAction: Hashable, Sendable {
    case allow
    case drop
    case delay(milliseconds: Int)
    case log(LogTarget)
    case setTag(name: String, value: String)
    /// `LimitTTLResponseAction`, `SetMaxTTL…`, `SetMinTTL…`: seconds, types empty for all.
    case limitTTL(min: UInt32, max: UInt32, types: Set<UInt16>)
    /// `ClearRecordTypesResponseAction`.
    case clearRecordTypes(Set<UInt16>)
    /// `SetSkipCacheResponseAction`.
    case skipCache
    /// `TCResponseAction`: an empty answer with TC, over UDP.
    case truncate
    /// `LuaResponseAction`.
    case script(FunctionReference)
    case none
}

/// One rule of a chain, in order of declaration.
public struct RuleDeclaration: Hashable, Sendable {
    public var selector: Selector
    public var action: Action
    public var name: String
    /// dnsdist's `uuid`, by which rules can be moved and removed; empty when none was given.
    public var uuid = ""
    public var location: SourceLocation

    public init(selector: Selector, action: Action, name: String, location: SourceLocation) {
        self.selector = selector
        self.action = action
        self.name = name
        self.location = location
    }
}

/// One rule on answers.
public struct ResponseRuleDeclaration: Hashable, Sendable {
    public var selector: Selector
    public var action: ResponseAction
    public var name: String
    /// dnsdist's `uuid`, by which rules can be moved and removed; empty when none was given.
    public var uuid = ""
    public var location: SourceLocation

    public init(
        selector: Selector, action: ResponseAction, name: String, location: SourceLocation
    ) {
        self.selector = selector
        self.action = action
        self.name = name
        self.location = location
    }
}
