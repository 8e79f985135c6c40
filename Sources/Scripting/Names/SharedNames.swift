// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// `shared`: `shared.name`, `shared.name = value`, `shared:add("name", 1)`.
extension Evaluation {
    func defineSharedNames() throws(LuaError) {
        let store = shared
        let add: HostFunction = { call in
            guard let key = call[0].text, let amount = call[1].asNumber else {
                return .raised("shared:add: give a name and a number")
            }
            do throws(SharedValues.Problem) {
                call.results = [try store.add(key, amount)]
                return .returned
            } catch {
                return .raised(Self.words(error, key))
            }
        }
        let kind = LuaKind(
            name: "shared", methods: ["add": add],
            get: { call in
                call.results = [store.read(call[0].asText ?? "")]
                return .returned
            },
            set: { call in Self.write(store, call) })
        try defineKind(.shared, kind)
        try vm.set("shared", ObjectKind.shared.handle(0))
    }

    private static func write(_ store: SharedValues, _ call: HostCall) -> HostOutcome {
        guard let key = call[0].text else { return .raised("shared: names are text") }
        switch call[1] {
        case .nil, .boolean, .integer, .number: break
        case .string(let text) where text.bytes.count <= SharedValues.textBytesMax: break
        default:
            return .raised(
                "shared.\(key): only numbers, truths and texts of at most"
                    + " \(SharedValues.textBytesMax) bytes are shared, not \(call[1].words)")
        }
        do throws(SharedValues.Problem) {
            try store.write(key, call[1])
            return .returned
        } catch {
            return .raised(words(error, key))
        }
    }

    private static func words(_ problem: SharedValues.Problem, _ key: String) -> String {
        switch problem {
        case .tooMany: "shared.\(key): there are \(SharedValues.entriesMax) names already"
        case .notANumber: "shared.\(key) is not a number"
        }
    }
}
