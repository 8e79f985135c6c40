// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `setServerIdentity`: what we say when somebody asks which server answers.
extension Evaluation {
    static let identityKeys = ["id", "hostname", "version", "nsid", "forwardChaos"]

    func defineIdentityNames() throws(LuaError) {
        configuration.identity = ServerIdentityDeclaration(name: nodeName)
        try declare("setServerIdentity") { [unowned self] (arguments, _) throws(ArgumentError) in
            let keys = try KeyReader(
                call: "setServerIdentity", table: try arguments.table(0, "its argument"),
                known: Self.identityKeys)
            try Self.read("id", of: keys, into: &configuration.identity.id)
            try Self.read("hostname", of: keys, into: &configuration.identity.hostname)
            try Self.read("version", of: keys, into: &configuration.identity.version)
            try Self.read("nsid", of: keys, into: &configuration.identity.nsid)
            if let forwards = try keys.boolean("forwardChaos") {
                configuration.identity.forwardsUntold = forwards
            }
            return []
        }
    }

    /// A text; `false` for nothing.
    private static func read(
        _ key: String, of keys: KeyReader, into text: inout [UInt8]?
    ) throws(ArgumentError) {
        switch keys[key] {
        case .nil: return
        case .boolean(false): text = nil
        case .string(let value)
        where (1...ServerIdentityDeclaration.textBytesMax).contains(value.bytes.count):
            text = value.bytes
        default: throw keys.wrong(key, "false, or a text of 1 to 255 octets")
        }
    }
}
