// SPDX-License-Identifier: Apache-2.0

import Balancing
import LuaRuntime

/// The parts of a query that scripts are given, and what each can do: dnsdist's members
/// (research/dnsdist.md §2.3). A policy's `dq` is read only, as up to dnsdist 2.0; an action's can be
/// written, and so can the `dr` of a response action.
enum PlaneSubject: Int32, CaseIterable {
    case policyQuery = 0
    case policyHeader = 1
    case query = 2
    case response = 3
    case header = 4

    var name: String {
        switch self {
        case .policyQuery, .query: "dq"
        case .response: "dr"
        case .policyHeader, .header: "dh"
        }
    }

    var isWritable: Bool { self != .policyQuery && self != .policyHeader }

    var header: PlaneSubject { isWritable ? .header : .policyHeader }

    /// In the order of their numbers; a table, because a query must not make lists.
    var methods: [PlaneMethod] { Self.allMethods[Int(rawValue)] }

    private static let allMethods = allCases.map(\.declaredMethods)

    private var declaredMethods: [PlaneMethod] {
        switch self {
        case .policyQuery: PlaneMethod.readers
        case .query: PlaneMethod.readers + PlaneMethod.writers + PlaneMethod.querysOwn
        case .response: PlaneMethod.readers + PlaneMethod.writers + PlaneMethod.responsesOwn
        case .policyHeader: PlaneMethod.headerReaders
        case .header: PlaneMethod.headerReaders + PlaneMethod.headerWriters
        }
    }

    var fields: [String] {
        self == .header || self == .policyHeader ? [] : PlaneField.allCases.map(\.rawValue)
    }
}

/// How the kit's C reads and writes a query: leaf functions on the plane's thread. Text is made when
/// it is asked for, never before.
enum PlaneQueryAccess {
    static func define(in kit: PlanePolicyVM) throws(LuaError) {
        for subject in PlaneSubject.allCases {
            try kit.defineSubject(
                subject.rawValue, name: subject.name, methods: subject.methods.map(\.rawValue),
                fields: subject.fields)
        }
    }

    static let field: PlaneCallbacks.QueryField = { _, query, subject, name, length, result in
        guard let query = pointer(query), let subject = PlaneSubject(rawValue: subject),
            let field = knownField(name, length, of: subject)
        else { return }
        PlaneQueryFields.read(field, subject, query, PlaneFieldWriter(result))
    }

    static let set: PlaneCallbacks.QuerySet = {
        _, query, subject, name, length, value, result in
        guard let query = pointer(query), let subject = PlaneSubject(rawValue: subject),
            let field = knownField(name, length, of: subject)
        else { return }
        let writer = PlaneFieldWriter(result)
        guard subject.isWritable else {
            writer.raise("dq cannot be changed in a policy")
            return
        }
        PlaneQueryFields.write(field, PlaneArguments(value, count: 1), subject, query, writer)
    }

    static let method: PlaneCallbacks.QueryMethod = {
        _, query, subject, method, arguments, count, result in
        guard let query = pointer(query), let subject = PlaneSubject(rawValue: subject),
            subject.methods.indices.contains(Int(method))
        else { return }
        let call = PlaneMethodCall(
            subject: subject, query: query, arguments: PlaneArguments(arguments, count: count),
            writer: PlaneFieldWriter(result))
        call.run(subject.methods[Int(method)])
    }

    /// The memory is the plane's own; C hands it on as it got it.
    private static func pointer(
        _ query: UnsafeRawPointer?
    ) -> UnsafeMutablePointer<PolicyQuery>? {
        UnsafeMutableRawPointer(mutating: query)?.assumingMemoryBound(to: PolicyQuery.self)
    }

    private static func knownField(
        _ name: UnsafePointer<UInt8>?, _ length: Int, of subject: PlaneSubject
    ) -> PlaneField? {
        guard subject != .header, subject != .policyHeader else { return nil }
        let bytes = UnsafeBufferPointer(start: name, count: length)
        return PlaneField(rawValue: String(decoding: bytes, as: UTF8.self))
    }
}
