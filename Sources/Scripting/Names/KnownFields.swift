// SPDX-License-Identifier: Apache-2.0

/// The fields of what scripts are given: reading any other is an error that names the nearest.
enum KnownFields {
    /// By the word that messages use for the thing.
    static let byKind: [String: [String]] = [
        "ctx": ["name", "target", "previous", "deadline"],
        "previous": ["up", "detail"],
        "reply": [
            "ok", "rcode", "rcodeName", "authoritative", "truncated", "recursionAvailable",
            "authenticData", "recursionDesired", "checkingDisabled", "answers", "authority",
            "additional", "edns", "transport", "seconds", "size",
        ],
        "edns": ["version", "payloadSize", "dnssecOK", "nsid", "extendedErrors"],
        "record": [
            "name", "type", "typeName", "class", "ttl", "data", "address", "target", "preference",
            "exchange", "priority", "weight", "port", "text", "texts", "mname", "rname", "serial",
            "refresh", "retry", "expire", "minimum", "flags", "tag", "value", "parameters", "rdata",
            "hex",
        ],
        "response": ["status", "headers", "body", "truncated", "seconds"],
        "result": ["status", "stdout", "stderr", "seconds", "truncated"],
        "connection": ["read", "write", "close"],
        "node": ["name", "checks", "pools", "neighbors", "routes", "drained"],
        "check": ["up", "state", "score", "detail", "since", "targets"],
        "target": ["up", "state", "score", "detail", "since"],
        "pool": ["up", "total", "count"],
        "neighbor": ["established", "state", "since"],
        "route": ["others", "paths"],
        "path": ["neighbor", "nextHop", "asPath", "med", "localPreference", "communities"],
        "statNode": ["fullname", "labelsCount", "numChildren"],
        "statNodeStats": [
            "queries", "noerrors", "nxdomains", "servfails", "drops", "bytes", "hits",
        ],
        "change": ["kind", "name", "target", "address", "from", "to", "detail", "at"],
    ]

    /// `nil` when a field of that name may be there (and is nil now).
    static func complaint(kind: String, key: String) -> String? {
        let known = byKind[kind] ?? []
        guard !known.contains(key) else { return nil }
        return "\(kind) has no field '\(key)'" + NearestName.suggestion(for: key, among: known)
    }
}
