// SPDX-License-Identifier: Apache-2.0
//
// Adj-RIB-Out (RFC 4271 §3.2) as a dirty set. There is no queue of messages: a prefix is wanted in
// one way, was sent in one way, and is dirty while the two differ. What to say about it is decided
// when the socket has room, so a closed window delays nothing that is superseded; withdraws are
// said first; what returns to what was sent before it could be said is not said at all.

import Addressing
import BGPWire
import Declarations

struct AdjacencyOut: Sendable {
    struct Sent: Hashable, Sendable {
        var attributes: PathAttributes
        var unixSeconds: Double
        /// A refresh asked for it, equal or not.
        var isStale = false
    }

    private(set) var wanted: [IPPrefix: RouteAttributes] = [:]
    private(set) var sent: [IPPrefix: Sent] = [:]
    private var refused: [IPPrefix: String] = [:]
    private var announces: Set<IPPrefix> = []
    private var withdraws: Set<IPPrefix> = []
    private var endOfRIBDue: [AddressFamily] = []
    /// It waits for the health of what is announced.
    var isEndOfRIBHeld = false
    private var session: (resolver: RouteResolver, encoder: UpdateEncoder)?

    private var isEndOfRIBReady: Bool { !isEndOfRIBHeld && !endOfRIBDue.isEmpty }

    var hasWork: Bool {
        session != nil && !(announces.isEmpty && withdraws.isEmpty && !isEndOfRIBReady)
    }

    /// Why a wanted prefix is not announced; `nil` when it is.
    func reason(_ prefix: IPPrefix) -> String? {
        guard session != nil else { return "the session is not established" }
        if let reason = refused[prefix] { return reason }
        return sent[prefix] == nil ? "waiting to be sent" : nil
    }

    // MARK: What changes

    mutating func replaceWanted(_ new: [IPPrefix: RouteAttributes]) {
        let old = wanted
        wanted = new
        for prefix in old.keys where new[prefix] == nil { mark(prefix) }
        for (prefix, attributes) in new where old[prefix] != attributes { mark(prefix) }
    }

    /// A session that is new knows nothing of ours.
    mutating func sessionUp(_ resolver: RouteResolver, _ encoder: UpdateEncoder) {
        sessionDown()
        session = (resolver, encoder)
        endOfRIBDue = resolver.parameters.families
        for prefix in wanted.keys { mark(prefix) }
    }

    mutating func sessionDown() {
        session = nil
        sent = [:]
        refused = [:]
        announces = []
        withdraws = []
        endOfRIBDue = []
    }

    /// RFC 2918 §4: everything of that family again, as it is wanted now.
    mutating func refresh(_ family: AddressFamily) {
        for prefix in sent.keys where AddressFamily(unicast: prefix.address.family) == family {
            sent[prefix]?.isStale = true
            mark(prefix)
        }
    }

    /// Puts a prefix into the set that its wanted and its sent state ask for.
    private mutating func mark(_ prefix: IPPrefix) {
        guard let session else { return }
        announces.remove(prefix)
        withdraws.remove(prefix)
        refused[prefix] = nil
        if let attributes = wanted[prefix] {
            switch session.resolver.resolve(prefix, attributes) {
            case .send(let path):
                let last = sent[prefix]
                if last?.attributes != path || last?.isStale == true { announces.insert(prefix) }
                return
            case .refused(let why):
                refused[prefix] = why
            }
        }
        if sent[prefix] != nil { withdraws.insert(prefix) }
    }

    // MARK: What is said

    /// The next messages, of at most `prefixesMax` prefixes; withdraws, then announces, then
    /// End-of-RIB. The caller must write them.
    mutating func nextMessages(prefixesMax: Int, unixSeconds: Double) -> [[UInt8]] {
        guard let session else { return [] }
        if !withdraws.isEmpty {
            return withdraw(Self.take(prefixesMax, from: &withdraws), session.encoder)
        }
        if !announces.isEmpty {
            return announce(
                Self.take(prefixesMax, from: &announces), session.resolver, session.encoder,
                unixSeconds)
        }
        guard isEndOfRIBReady else { return [] }
        defer { endOfRIBDue = [] }
        return endOfRIBDue.map { session.encoder.endOfRIB($0) }
    }

    /// Sorted, so that equal states make equal bytes. In place: a copy of the set for each batch
    /// would make a hundred thousand routes quadratic.
    private static func take(_ count: Int, from set: inout Set<IPPrefix>) -> [IPPrefix] {
        guard set.count > count else {
            defer { set = [] }
            return set.sorted()
        }
        let some = set.prefix(count).sorted()
        for prefix in some { set.remove(prefix) }
        return some
    }

    private mutating func withdraw(
        _ prefixes: [IPPrefix], _ encoder: UpdateEncoder
    ) -> [[UInt8]] {
        for prefix in prefixes { sent[prefix] = nil }
        return encoder.withdraw(prefixes.filter { $0.address.family == .v4 })
            + encoder.withdraw(prefixes.filter { $0.address.family == .v6 })
    }

    private mutating func announce(
        _ prefixes: [IPPrefix], _ resolver: RouteResolver, _ encoder: UpdateEncoder,
        _ unixSeconds: Double
    ) -> [[UInt8]] {
        // Groups of equal attributes in the order of their first prefix: v4 before v6.
        var groups: [(path: PathAttributes, prefixes: [IPPrefix])] = []
        var position: [Group: Int] = [:]
        for prefix in prefixes {
            guard let attributes = wanted[prefix],
                case .send(let path) = resolver.resolve(prefix, attributes)
            else { continue }
            let group = Group(family: prefix.address.family, path: path)
            if let index = position[group] {
                groups[index].prefixes.append(prefix)
            } else {
                position[group] = groups.count
                groups.append((path, [prefix]))
            }
        }
        var messages: [[UInt8]] = []
        for group in groups {
            let some = encoder.announce(group.prefixes, group.path)
            for prefix in group.prefixes {
                if some.isEmpty {
                    refused[prefix] = "its attributes do not fit a message"
                    if sent[prefix] != nil { withdraws.insert(prefix) }
                } else {
                    sent[prefix] = Sent(attributes: group.path, unixSeconds: unixSeconds)
                }
            }
            messages += some
        }
        return messages
    }

    private struct Group: Hashable {
        let family: IPAddress.Family
        let path: PathAttributes
    }
}
