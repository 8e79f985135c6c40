// SPDX-License-Identifier: Apache-2.0

import CLua

/// Answers one read of a query's field, or one call of its method. A field that is not set is
/// unknown, which raises; a method that sets nothing returns nil.
public struct PlaneFieldWriter {
    /// Longer than the longest name in presentation form, 1 004 bytes (RFC 1035 §5.1 escapes).
    public static let storageBytes = Int(CLUA_FIELD_STORAGE_BYTES)

    private let field: UnsafeMutablePointer<clua_field>

    /// `result` is what the callback was given.
    public init(_ result: UnsafeMutableRawPointer?) {
        guard let result else { preconditionFailure("BUG DETECTED: no result to write to") }
        field = result.assumingMemoryBound(to: clua_field.self)
    }

    public func setNil() { field.pointee.type = Int32(CLUA_FIELD_NIL) }

    public func set(_ value: Bool) {
        field.pointee.type = Int32(CLUA_FIELD_BOOLEAN)
        field.pointee.integer = value ? 1 : 0
    }

    public func set(_ value: Int64) {
        field.pointee.type = Int32(CLUA_FIELD_INTEGER)
        field.pointee.integer = value
    }

    public func set(_ value: Double) {
        field.pointee.type = Int32(CLUA_FIELD_NUMBER)
        field.pointee.number = value
    }

    /// The bytes must stay where they are until the callback has returned and C has copied them:
    /// they belong to the query, or are static.
    public func set(borrowing bytes: UnsafeBufferPointer<UInt8>) {
        field.pointee.type = Int32(CLUA_FIELD_BYTES)
        field.pointee.bytes = bytes.baseAddress
        field.pointee.length = bytes.baseAddress == nil ? 0 : bytes.count
    }

    /// A name object, from a name in wire form; copied when the callback has returned.
    public func set(borrowingName wire: UnsafeBufferPointer<UInt8>) {
        set(borrowing: wire)
        field.pointee.type = Int32(CLUA_FIELD_NAME)
    }

    /// An address object, from a `sockaddr_in` or `sockaddr_in6`; copied likewise.
    public func set(borrowingSocketAddress address: UnsafeRawPointer) {
        field.pointee.type = Int32(CLUA_FIELD_ADDRESS)
        field.pointee.bytes = address.assumingMemoryBound(to: UInt8.self)
    }

    /// Lets `fill` write up to `storageBytes` bytes and return how many it wrote.
    public func setBytes(_ fill: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
        let storage = UnsafeMutableBufferPointer(
            start: field.pointee.storage, count: Self.storageBytes)
        field.pointee.length = min(max(fill(storage), 0), storage.count)
        field.pointee.bytes = UnsafePointer(field.pointee.storage)
        field.pointee.type = Int32(CLUA_FIELD_BYTES)
    }

    /// Copies text, cut at `storageBytes`.
    public func set(_ text: String) {
        setBytes { storage in copy(text, into: storage) }
    }

    /// A part of the query that has fields of its own.
    public func setSubject(_ subject: Int32) {
        field.pointee.type = Int32(CLUA_FIELD_SUBJECT)
        field.pointee.integer = Int64(subject)
    }

    /// A host object of a kind that this VM has defined.
    public func set(_ object: LuaObject) {
        field.pointee.type = Int32(CLUA_FIELD_OBJECT)
        field.pointee.kind = UInt32(object.kind)
        field.pointee.integer = Int64(object.id)
        field.pointee.generation = object.generation
    }

    /// Any value, copied: for tables. Raises when there is no memory for it.
    public func set(_ value: LuaValue) {
        let bytes = ValueEncoder.list([value])
        guard let vm = field.pointee.vm, clua_output(vm, bytes, bytes.count) else {
            raise("not enough memory for the results")
            return
        }
        field.pointee.type = Int32(CLUA_FIELD_VALUE)
    }

    /// EDNS options: by code, the list of its values. Scripts get objects with `count()` and
    /// `getValues()`.
    public func set(options: [(code: UInt16, values: [[UInt8]])]) {
        set(
            .table(
                LuaTable(
                    fields: options.map { option in
                        let values = option.values.map { LuaValue.string(LuaString(bytes: $0)) }
                        return LuaTable.Field(
                            key: .integer(Int64(option.code)),
                            value: .table(LuaTable(array: values)))
                    })))
        if Int(field.pointee.type) == CLUA_FIELD_VALUE {
            field.pointee.type = Int32(CLUA_FIELD_OPTIONS)
        }
    }

    /// Raises in the policy, with the script's place put in front.
    public func raise(_ message: String) {
        setBytes { storage in copy(message, into: storage) }
        field.pointee.type = Int32(CLUA_FIELD_RAISE)
    }

    private func copy(_ text: String, into storage: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var text = text
        return text.withUTF8 { bytes in
            let count = min(bytes.count, storage.count)
            if count > 0 { _ = storage.update(fromContentsOf: bytes[..<count]) }
            return count
        }
    }
}
