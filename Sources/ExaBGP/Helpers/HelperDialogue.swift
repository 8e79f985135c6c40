// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// What a program is told, in the words of the version that it expects: answers and events.
///
/// Pure: what it returns is for the owner to write.
public struct HelperDialogue: Hashable, Sendable {
    /// What the program runs in.
    public struct Host: Hashable, Sendable {
        public var name: String
        public var processID: Int
        public var parentID: Int
        /// Ours, for `version`.
        public var version: String

        public init(name: String, processID: Int, parentID: Int, version: String) {
            self.name = name
            self.processID = processID
            self.parentID = parentID
            self.version = version
        }
    }

    public enum Change: String, Hashable, Sendable {
        case connected, up, down
    }

    private let helper: HelperDeclaration
    private let host: Host
    private var answers: HelperCommand.Answers
    private var eventCount = 0

    public init(_ helper: HelperDeclaration, host: Host) {
        self.helper = helper
        self.host = host
        answers = helper.acknowledges ? .on : .off
    }

    // MARK: Answers

    /// What a command that was done is answered with; empty for nothing.
    public mutating func done(_ command: HelperCommand, lines: [String] = []) -> String {
        var text = lines.map { $0 + "\n" }.joined()
        let wasOn = answers == .on
        if case .answers(let new) = command {
            answers = new == .silent ? .off : new
            if new == .silent { return "" }
        }
        if wasOn || answers == .on { text += "done\n" }
        return text
    }

    /// What one that was not is answered with.
    public func failed() -> String { answers == .on ? "error\n" : "" }

    public var versionLines: [String] { ["exabgp \(number) (pharos \(host.version))"] }

    public static let helpLines = [
        "announce route PREFIX next-hop ADDRESS|self …", "withdraw route PREFIX",
        "announce attributes … nlri PREFIX …", "withdraw attributes … nlri PREFIX …",
        "announce ipv4|ipv6 unicast PREFIX …", "announce watchdog [NAME]",
        "withdraw watchdog [NAME]", "neighbor ADDRESS|* [, neighbor …] COMMAND",
        "teardown CODE", "show neighbor [summary|json]", "show adj-rib out [extensive]",
        "clear adj-rib out", "flush adj-rib out", "enable-ack, disable-ack, silence-ack",
        "version, help, reload",
    ]

    /// What the version calls itself in its messages.
    private var number: String {
        switch helper.version {
        case .three: "3.4.8"
        case .four: "4.0.1"
        case .five: "5.0.0"
        }
    }

    // MARK: Events

    /// The line that says that a neighbour's session changed; `unixSeconds` is now.
    public mutating func event(
        _ change: Change, neighbor: NeighborDeclaration, localAddress: IPAddress?,
        reason: String, unixSeconds: Double
    ) -> String {
        let peer = neighbor.key.endpoint.address
        guard helper.encoder == .json else {
            return "neighbor \(peer) \(change.rawValue)"
                + (change == .down ? " - \(Self.plain(reason))" : "") + "\n"
        }
        eventCount += 1
        let local = localAddress ?? neighbor.localAddress ?? .anyV4
        let addresses = #"{ "local": "\#(local)", "peer": "\#(peer)" }"#
        let numbers = #"{ "local": \#(neighbor.localAS), "peer": \#(neighbor.peerAS) }"#
        let why = change == .down ? #", "reason": \#(Self.quoted(reason))"# : ""
        return #"{ "exabgp": "\#(number)", "time": \#(Self.time(unixSeconds)), "host" : "#
            + Self.quoted(host.name)
            + #", "pid" : \#(host.processID), "ppid" : \#(host.parentID), "counter": "#
            + #"\#(eventCount), "type": "state", "neighbor": { "address": \#(addresses), "asn": "#
            + #"\#(numbers) , "state": "\#(change.rawValue)"\#(why)} }"# + "\n"
    }

    /// Hundredths, as ExaBGP writes it.
    private static func time(_ seconds: Double) -> String {
        let hundredths = Int((seconds * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100)." + (rest < 10 ? "0" : "") + "\(rest)"
    }

    private static func plain(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 32 ? " " : Character($0) })
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 32:
                result += "\\u" + LuaText.hexadecimal(UInt64(scalar.value), digits: 4)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
