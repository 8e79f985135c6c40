// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Foundation
import Testing

@testable import Balancing
@testable import Proxy
@testable import Streams

/// Would catch a bound that was changed in the code, and not in the page that operators read.
@Suite struct LimitsTableTests {
    /// A row of Docs/limits.md.
    private struct Row {
        let standard: String
        let maximum: String
        let counter: String
    }

    private static let docs =
        #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Docs"

    private static func rows() throws -> [String: Row] {
        var rows: [String: Row] = [:]
        let page = try String(contentsOfFile: docs + "/limits.md", encoding: .utf8)
        for line in page.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 9, cells[1] != "limit", !cells[1].hasPrefix("---") else {
                continue
            }
            rows[cells[1]] = Row(standard: cells[2], maximum: cells[4], counter: cells[7])
        }
        return rows
    }

    private static var constants: [String: Int] {
        let delay = DelayQueue.self
        return [
            "listeners": Plane.listenersMax,
            "servers": ServerSlab.recordsMax,
            "a query over UDP": Pipeline.queryBytesMax,
            "a server's answer over UDP": DatagramBatch.bufferBytes,
            "queries in flight of a worker": PlaneOptions().outstandingMax,
            "queries in flight of a worker to one server":
                DeclaredConfiguration(path: "").udpOutstandingMax,
            "milliseconds in a listener's queue, of a worker that cannot keep up":
                DeclaredConfiguration.udpQueueDelayDefault,
            "wait for a server over UDP":
                DeclaredConfiguration(path: "").udpTimeoutMilliseconds / 1_000,
            "a query that can go to another server": OutstandingTable.messageBytesMax,
            "sockets of a worker to one server": PlaneOptions.socketsPerServerDefault,
            "answers of a worker that rules delay": delay.countMax,
            "size of those answers": delay.bytesMax,
            "a rule's delay": Int(delay.microsecondsMax / 1_000_000),
            "silence of a TCP client": StreamLimits.clientIdleMilliseconds.standard / 1_000,
            "a TCP client that takes nothing":
                StreamLimits.clientSendMilliseconds.standard / 1_000,
            "a query over TCP, from its first octet to its last":
                StreamLimits.queryReceiveMilliseconds.standard / 1_000,
            "TCP connections of clients": StreamLimits.connections.standard,
            "TCP connections of one client": StreamLimits.connectionsPerClient.standard,
            "queries of a TCP connection": StreamLimits.queriesPerConnection.standard,
            "age of a TCP connection": StreamLimits.connectionMilliseconds.standard,
            "queries in flight of a TCP connection": StreamLimits.inFlightPerConnection.standard,
            "what a TCP connection holds": StreamLimits.heldBytesPerConnection.standard,
            "answers that all TCP clients have not taken": StreamLimits.unreadBytes.standard,
            "silence of a TCP connection to a server":
                StreamLimits.serverIdleMilliseconds.standard / 1_000,
            "an answer in a packet cache":
                PacketCacheDeclaration(
                    entriesMax: 1, location: SourceLocation(file: "", line: 0)
                ).entryBytesMax,
            "options of a query that is kept": CacheTicket.tailBytesMax - 20,
            "dynamic blocks": DynamicBlockTable.blocksMax,
            "rules of dynamic blocks": BlockRules.rulesMax,
            "queries that each thread keeps for them":
                DeclaredConfiguration(path: "").ringEntriesMax,
            "sources that a MaxQPSIPRule knows": SourceRateTable.sourcesMaxDefault,
            "tags of a query": TagList.bytesMax,
            "nesting of selectors": RuleProgram.depthMax,
            "neighbours of a range": NeighborDeclaration.rangePeersMaxDefault,
            "prefixes that a neighbour is watched for": NeighborDeclaration.watchedPrefixesMax,
            "a text of `setServerIdentity`": ServerIdentityDeclaration.textBytesMax,
        ]
    }

    /// What the code moves a value into, in the page's unit.
    private static let maxima: [String: Int] = [
        "queries in flight of a worker to one server": 65_535,
        "wait for a server over UDP": Int(OutstandingTable.timeoutMicrosecondsMax / 1_000_000),
        "milliseconds in a listener's queue, of a worker that cannot keep up":
            DeclaredConfiguration.udpQueueDelayBounds.upperBound,
        "sockets of a worker to one server": PlaneOptions.socketsPerServerMax,
        "silence of a TCP client":
            StreamLimits.clientIdleMilliseconds.range.upperBound / 1_000,
        "a TCP client that takes nothing":
            StreamLimits.clientSendMilliseconds.range.upperBound / 1_000,
        "TCP connections of one client": StreamLimits.connectionsPerClient.range.upperBound,
        "entries of a packet cache": CacheSettings.entriesMost,
        "an answer in a packet cache": Int(UInt16.max),
    ]

    @Test func everyDefaultIsTheCodes() throws {
        let rows = try Self.rows()
        for (name, value) in Self.constants {
            let row = try #require(rows[name], "Docs/limits.md has no row '\(name)'")
            #expect(row.standard == (value == .max ? "none" : "\(value)"), "\(name)")
        }
        // A row that nobody compares could say anything.
        #expect(
            Set(rows.keys).subtracting(Self.constants.keys).sorted()
                == ["entries of a packet cache"])
    }

    @Test func everyMaximumIsTheCodes() throws {
        let rows = try Self.rows()
        for (name, value) in Self.maxima { #expect(rows[name]?.maximum == "\(value)", "\(name)") }
    }

    @Test func everyCounterIsInThePageOfMetrics() throws {
        let metrics = try String(contentsOfFile: Self.docs + "/metrics.md", encoding: .utf8)
        for (name, row) in try Self.rows() where !row.counter.isEmpty {
            #expect(metrics.contains("| \(row.counter) |"), "\(name): \(row.counter)")
        }
    }
}
