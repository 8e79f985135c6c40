// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// What the prelude asks for the words of a complaint.
extension Evaluation {
    static let countKeys = ["order", "name"]

    func defineComplaints() throws(LuaError) {
        try vm.define("__pharos.unknown") { call in
            let key = call[1].asText ?? call[1].words
            if let complaint = KnownFields.complaint(kind: call[0].text ?? "", key: key) {
                call.results = [.text(complaint)]
            }
            return .returned
        }
        try vm.define("__pharos.absent") { call in
            let name = call[1].asText ?? call[1].words
            let names = call[2].asTable?.array.compactMap(\.text).sorted() ?? []
            call.results = [
                .text(
                    "there is no \(call[0].text ?? "entry") '\(name)'"
                        + NearestName.suggestion(for: name, among: names))
            ]
            return .returned
        }
        try vm.define("__pharos.filter") { call in
            switch call[0] {
            case .nil: call.results = [.boolean(true)]
            case .table(let table):
                let keys = KeyReader(call: "pool:count", table: table)
                if let stranger = keys.strangers(Self.countKeys).first {
                    call.results = [.boolean(false), .text(stranger)]
                } else {
                    call.results = [.boolean(true)]
                }
            default:
                call.results = [
                    .boolean(false),
                    .text("pool:count: give a table like {order = 1}, not \(call[0].words)"),
                ]
            }
            return .returned
        }
    }
}
