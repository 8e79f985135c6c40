// SPDX-License-Identifier: Apache-2.0

/// Where Pharos answers otherwise than dnsdist 1.7.3 on purpose, and why. What the operator should know
/// of it is in Docs/porting-from-dnsdist.md.
struct KnownDifference: Sendable {
    let name: String
    let why: String
    /// Whether what differs is this and nothing else.
    let explains: @Sendable (MixedQuery, _ theirs: DecodedAnswer?, _ ours: DecodedAnswer?) -> Bool

    static let all = [
        KnownDifference(
            name: "NSID of Pharos, not of the server behind it",
            why: "the option goes from one host to the next and no further (RFC 5001 §2.1)"
        ) { query, theirs, ours in
            guard let ours, let theirs, query.hasOption(3) else { return false }
            return ours.withoutNSID.differences(from: theirs.withoutNSID, ttlTolerance: 30).isEmpty
        },
        KnownDifference(
            name: "id.server, hostname.bind and version.bind",
            why: "Pharos says who it is and tells no server's version (setServerIdentity)"
        ) { query, _, ours in
            guard let ours, query.class == 3 else { return false }
            return ours.responseCode == 5 || ours.responseCode == 16 || ours.counts[1] <= 1
        },
        KnownDifference(
            name: "BADVERS in our own answers",
            why: "another version of EDNS than 0 is told so (RFC 6891 §6.1.3)"
        ) { query, theirs, ours in
            guard let ours, theirs != nil, query.kind == "rule" else { return false }
            return query.ednsVersion > 0 && ours.responseCode == 16
        },
        KnownDifference(
            name: "two questions in one message",
            why: "dnsdist sends it on, and Knot says nothing; Pharos answers FORMERR (RFC 9619)"
        ) { query, theirs, ours in
            guard let ours, theirs == nil, query.questionCount > 1 else { return false }
            return ours.responseCode == 1 && ours.counts == [0, 0, 0, 0]
        },
        KnownDifference(
            name: "OPT in the answer of SpoofRawAction",
            why: "a query with EDNS is answered with it (RFC 6891 §6.1.1); dnsdist does so for its"
                + " other answers, and forgets it here"
        ) { query, theirs, ours in
            guard let ours, let theirs, query.hasOptions, query.kind == "rule" else { return false }
            return ours.payload != nil && theirs.payload == nil
                && ours.withoutOPT.says(theirs, but: query.strayFlags)
        },
        KnownDifference(
            name: "SpoofRawAction for a CNAME",
            why: "dnsdist 1.7.3 sends such a record without its data, and the message is broken"
        ) { query, _, ours in
            guard let ours, query.kind == "rule", query.type == 5 else { return false }
            return ours.sections[0].count == 1 && ours.trailing == 0
        },
        KnownDifference(
            name: "AA and Z of the query in our own answers",
            why: "dnsdist repeats what the client had there; AA would say that we are an authority"
        ) { query, theirs, ours in
            guard let ours, let theirs, query.kind == "rule" else { return false }
            return ours.flags != theirs.flags && ours.says(theirs, but: query.strayFlags)
        },
        KnownDifference(
            name: "queries that Pharos does not cache",
            why: "records beside the OPT, a long list of options, a transfer, and answers such as"
                + " YXDOMAIN go to the server each time: dnsdist's TTL is older"
        ) { query, theirs, ours in
            guard let ours, let theirs else { return false }
            return ["records in query", "long query", "ixfr", "dname"].contains(query.kind)
                && ours.differences(from: theirs, ttlTolerance: .max).isEmpty
        },
        KnownDifference(
            name: "OPT of a cached answer where we add the client's subnet",
            why:
                "dnsdist 1.7.3 keeps one answer for clients with and without EDNS then, so some get"
                + " an OPT that they did not ask with and others none; here each gets its own"
        ) { query, theirs, ours in
            guard let ours, let theirs, query.kind == "subnet" else { return false }
            return (ours.payload != nil) == query.hasOptions
                && (theirs.payload != nil) != query.hasOptions
                && ours.withoutOPT.differences(from: theirs.withoutOPT, ttlTolerance: 30).isEmpty
        },
    ]
}

extension KnownDifference {
    /// The first that explains what differs, NSID left aside if that is not all.
    static func explaining(
        _ query: MixedQuery, _ theirs: DecodedAnswer?, _ ours: DecodedAnswer?
    ) -> KnownDifference? {
        all.first { $0.explains(query, theirs, ours) }
            ?? all.first { $0.explains(query, theirs?.withoutNSID, ours?.withoutNSID) }
    }
}

extension MixedQuery {
    /// AA and Z as the client set them.
    var strayFlags: UInt16 {
        bytes.count < 4 ? 0 : (UInt16(bytes[2]) << 8 | UInt16(bytes[3])) & 0x0440
    }
}

extension DecodedAnswer {
    var withoutNSID: DecodedAnswer {
        var copy = self
        copy.options.removeAll { $0.starts(with: [0, 3]) }
        return copy
    }

    var withoutOPT: DecodedAnswer {
        guard payload != nil else { return self }
        var copy = self
        copy.payload = nil
        copy.extended = nil
        copy.options = []
        copy.counts[3] -= 1
        return copy
    }

    /// The same, but that the other may have these flags set, too.
    func says(_ other: DecodedAnswer, but flags: UInt16) -> Bool {
        var copy = self
        copy.flags |= other.flags & flags
        return copy.differences(from: other).isEmpty
    }
}
