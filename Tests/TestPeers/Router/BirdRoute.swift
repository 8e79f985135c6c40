// SPDX-License-Identifier: Apache-2.0

/// One route as `birdc show route all` prints it.
public struct BirdRoute: Sendable, CustomStringConvertible {
    public let prefix: String
    /// The session that announced it.
    public let session: String
    /// BIRD's names without `BGP.`: `origin`, `as_path`, `next_hop`, `med`, `local_pref`,
    /// `community`, `large_community`, `ext_community`.
    public let attributes: [String: String]

    public var med: Int? { attributes["med"].flatMap { Int($0) } }

    /// `["65002:1", …]`, in BIRD's order.
    public var communities: [String] {
        (attributes["community"] ?? "").split(separator: " ").map { word in
            word.filter { $0 != "(" && $0 != ")" }.split(separator: ",").joined(separator: ":")
        }
    }

    public var description: String {
        "\(prefix) from \(session) \(attributes.sorted { $0.key < $1.key })"
    }

    /// A prefix stands at the start of a line; its second and later routes begin with spaces.
    static func parse(_ text: String) -> [BirdRoute] {
        var routes: [BirdRoute] = []
        var prefix = ""
        var session = ""
        var attributes: [String: String] = [:]
        func finish() {
            if !session.isEmpty {
                routes.append(BirdRoute(prefix: prefix, session: session, attributes: attributes))
            }
            session = ""
            attributes = [:]
        }
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            if line.hasPrefix("\tBGP.") {
                let name = words[0].dropFirst(4).prefix { $0 != ":" }
                attributes[String(name)] = words.dropFirst().joined(separator: " ")
            } else if line.contains(" ["), let open = words.firstIndex(where: { $0.hasPrefix("[") })
            {
                finish()
                if !line.hasPrefix(" ") { prefix = String(words[0]) }
                session = String(words[open].dropFirst())
            }
        }
        finish()
        return routes
    }
}
