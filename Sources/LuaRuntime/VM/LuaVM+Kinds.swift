// SPDX-License-Identifier: Apache-2.0

import CLua

/// Describes a kind of host object: what scripts can do with it.
public struct LuaKind {
    /// What messages and `tostring` call it.
    public var name: String
    public var methods: [String: HostFunction]
    /// The methods among them that may suspend.
    public var suspendingMethods: Set<String>
    /// Reads a field that is no method: the only argument is the key. Without it an unknown field
    /// raises with the nearest method's name.
    public var get: HostFunction?
    /// Writes a field: arguments key and value. Without it writing raises.
    public var set: HostFunction?
    public var call: HostFunction?
    /// The `#` operator.
    public var length: HostFunction?
    /// `tostring`; must give one string.
    public var text: HostFunction?

    public init(
        name: String, methods: [String: HostFunction] = [:],
        suspendingMethods: Set<String> = [], get: HostFunction? = nil, set: HostFunction? = nil,
        call: HostFunction? = nil, length: HostFunction? = nil, text: HostFunction? = nil
    ) {
        self.name = name
        self.methods = methods
        self.suspendingMethods = suspendingMethods
        self.get = get
        self.set = set
        self.call = call
        self.length = length
        self.text = text
    }
}

extension LuaVM {
    /// Defines what objects of kind number `kind` can do; each number once. `HostCall.receiver` is
    /// the object in all of its functions.
    public func defineKind(_ kind: UInt16, _ description: LuaKind) throws(LuaError) {
        try requireOpen()
        guard kind <= LuaObject.kindMax else {
            throw LuaError(kind: .internal, message: "object kind \(kind) is out of range")
        }
        var native = clua_kind()
        native.kind = kind
        native.get = register(description.get)
        native.set = register(description.set)
        native.call = register(description.call)
        native.length = register(description.length)
        native.text = register(description.text)
        // Sorted, so that every VM numbers them alike.
        let methods = description.methods.sorted { $0.key < $1.key }
        var names = CStringArena()
        let offsets = methods.map { names.add($0.key) }
        let kindName = names.add(description.name)
        let numbers = methods.map { register(takesReceiver: true, $0.value) }
        let status = names.withPointer { base in
            let table = methods.indices.map { i in
                clua_method(
                    name: base + offsets[i], function: numbers[i],
                    suspends: description.suspendingMethods.contains(methods[i].key))
            }
            return table.withUnsafeBufferPointer { buffer in
                native.name = base + kindName
                native.methods = buffer.baseAddress
                native.method_count = buffer.count
                return clua_define_kind(handle, &native)
            }
        }
        try check(status)
    }

    /// Whether a script may still have the object: false once the collector has found that none has.
    public func holds(_ object: LuaObject) -> Bool {
        isOpen && clua_holds_object(handle, object.kind, object.id)
    }

    private func register(_ body: HostFunction?) -> Int32 {
        guard let body else { return -1 }
        return register(takesReceiver: true, body)
    }
}

/// Holds C strings in one block, so that several can be passed in one call.
struct CStringArena {
    private var bytes: [CChar] = []

    /// Returns the offset of the text from the pointer that `withPointer` passes.
    mutating func add(_ text: String) -> Int {
        defer { bytes.append(contentsOf: text.utf8CString) }
        return bytes.count
    }

    func withPointer<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { buffer in
            // Never empty: every caller has added the kind's name.
            guard let base = buffer.baseAddress else { preconditionFailure("BUG DETECTED: empty") }
            return body(base)
        }
    }
}
