// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// `shared`: `shared.name`, `shared.name = value`, `shared:add("name", 1)`,
/// `shared:compareAndSet("name", expected, value)`.
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
        let exchange: HostFunction = { call in
            guard let key = call[0].text else {
                return .raised("shared:compareAndSet: give a name, what is there, and a value")
            }
            if let complaint = Self.complaint(key, call[2]) { return .raised(complaint) }
            do throws(SharedValues.Problem) {
                call.results = [.boolean(try store.exchange(key, call[1], with: call[2]))]
                return .returned
            } catch {
                return .raised(Self.words(error, key))
            }
        }
        let kind = LuaKind(
            name: "shared", methods: ["add": add, "compareAndSet": exchange],
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
        if let complaint = complaint(key, call[1]) { return .raised(complaint) }
        do throws(SharedValues.Problem) {
            try store.write(key, call[1])
            return .returned
        } catch {
            return .raised(words(error, key))
        }
    }

    /// Why a value cannot be shared; `nil` when it can.
    private static func complaint(_ key: String, _ value: LuaValue) -> String? {
        switch value {
        case .nil, .boolean, .integer, .number: nil
        case .string(let text) where text.bytes.count <= SharedValues.textBytesMax: nil
        default:
            "shared.\(key): only numbers, truths and texts of at most"
                + " \(SharedValues.textBytesMax) bytes are shared, not \(value.words)"
        }
    }

    private static func words(_ problem: SharedValues.Problem, _ key: String) -> String {
        switch problem {
        case .tooMany: "shared.\(key): there are \(SharedValues.entriesMax) names already"
        case .notANumber: "shared.\(key) is not a number"
        }
    }
}
