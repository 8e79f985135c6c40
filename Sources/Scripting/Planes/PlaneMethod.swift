// SPDX-License-Identifier: Apache-2.0

/// The methods of `dq`, `dr` and `dh`, by dnsdist's names.
enum PlaneMethod: String, CaseIterable {
    case getDO, getProtocol, getContent, getEDNSOptions, getTrailingData, getTag, getTagArray
    case getServerNameIndication, getIncomingInterface
    case getHTTPPath, getHTTPQueryString, getHTTPHost, getHTTPScheme, getHTTPHeaders

    case setTag, setTagArray, sendTrap
    case spoof, setRestartable, setHTTPResponse
    case editTTLs, getSelectedBackend, restart

    case getID, getRD, getCD, getAA, getAD, getRA, getTC, getQR
    case setRD, setCD, setAA, setAD, setRA, setTC, setQR

    // What dnsdist has and we have not: calling one says so.
    case setContent, setTrailingData, setEDNSOption, setExtendedDNSError, changeName, suspend
    case addProxyProtocolValue, setProxyProtocolValues, getProxyProtocolValues
    case setNegativeAndAdditionalSOA, getQueryTime, getElapsedUs

    /// What a policy may call, too.
    static let readers: [PlaneMethod] = [
        .getDO, .getProtocol, .getContent, .getEDNSOptions, .getTrailingData, .getTag,
        .getTagArray, .getServerNameIndication, .getIncomingInterface, .getHTTPPath,
        .getHTTPQueryString, .getHTTPHost, .getHTTPScheme, .getHTTPHeaders, .getQueryTime,
        .getElapsedUs,
    ]
    static let writers: [PlaneMethod] = [
        .setTag, .setTagArray, .sendTrap, .setContent, .setTrailingData, .setExtendedDNSError,
        .changeName, .suspend,
    ]
    static let querysOwn: [PlaneMethod] = [
        .spoof, .setRestartable, .setHTTPResponse, .setEDNSOption, .addProxyProtocolValue,
        .setProxyProtocolValues, .getProxyProtocolValues, .setNegativeAndAdditionalSOA,
    ]
    static let responsesOwn: [PlaneMethod] = [.editTTLs, .getSelectedBackend, .restart]
    static let headerReaders: [PlaneMethod] = [
        .getID, .getRD, .getCD, .getAA, .getAD, .getRA, .getTC, .getQR,
    ]
    static let headerWriters: [PlaneMethod] = [
        .setRD, .setCD, .setAA, .setAD, .setRA, .setTC, .setQR,
    ]
}
