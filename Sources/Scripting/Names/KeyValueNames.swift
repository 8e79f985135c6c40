// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `newCDBKVStore`, its lookup keys and `KeyValueStoreLookupRule`.
extension Evaluation {
    private static let refreshSeconds = 0...86_400

    func defineKeyValueNames() throws(LuaError) {
        try declare("newCDBKVStore") { [unowned self] (arguments, call) throws(ArgumentError) in
            let path = try arguments.text(0, "filename")
            guard !path.isEmpty else { throw arguments.wrong(0, "filename", "a file's path") }
            configuration.keyValueStores.append(
                KeyValueStoreDeclaration(
                    path: path,
                    refreshSeconds: try arguments.integer(
                        1, "refreshDelay", in: Self.refreshSeconds, default: 0),
                    location: location(of: call)))
            return [ObjectKind.keyValueStore.handle(configuration.keyValueStores.count - 1)]
        }
        try defineLookupKeys()
        try defineSelector("KeyValueStoreLookupRule") {
            [unowned self] (arguments) throws(ArgumentError) in
            .keyValueStore(
                ordinal: try arguments.object(0, "store", .keyValueStore),
                lookupKeys[try arguments.object(1, "key", .keyValueLookupKey)])
        }
        try defineKind(.keyValueStore)
        try defineKind(.keyValueLookupKey)
    }

    private func defineLookupKeys() throws(LuaError) {
        try defineLookupKey("KeyValueLookupKeyQName") { (arguments) throws(ArgumentError) in
            .queryName(isWire: try arguments.boolean(0, "wireFormat", default: true))
        }
        try defineLookupKey("KeyValueLookupKeySuffix") { (arguments) throws(ArgumentError) in
            .suffixes(
                minLabels: try arguments.integer(0, "minLabels", in: 0...127, default: 0),
                isWire: try arguments.boolean(1, "wireFormat", default: true))
        }
        try defineLookupKey("KeyValueLookupKeySourceIP") { (arguments) throws(ArgumentError) in
            .sourceAddress(
                lengthV4: try arguments.integer(0, "v4mask", in: 0...32, default: 32),
                lengthV6: try arguments.integer(1, "v6mask", in: 0...128, default: 128),
                includesPort: try arguments.boolean(2, "includePort", default: false))
        }
        try defineLookupKey("KeyValueLookupKeyTag") { (arguments) throws(ArgumentError) in
            .tag(try arguments.text(0, "tagName"))
        }
    }

    private func defineLookupKey(
        _ name: String, _ body: @escaping (Arguments) throws(ArgumentError) -> KeyValueLookupKey
    ) throws(LuaError) {
        try define(name) { [unowned self] (arguments, _) throws(ArgumentError) in
            lookupKeys.append(try body(arguments))
            return [ObjectKind.keyValueLookupKey.handle(lookupKeys.count - 1)]
        }
    }
}
