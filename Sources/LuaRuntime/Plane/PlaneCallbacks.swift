// SPDX-License-Identifier: Apache-2.0

/// Reads of a server's record that policies make.
public enum PlaneServerField: Int32, Sendable {
    /// Forced state included.
    case isUp = 0
    case outstanding = 1
    case latencyMicroseconds = 2
    /// The last health result only.
    case upStatus = 3
    case weight = 4
    case order = 5
    case drops = 6
    case queries = 7
    /// Written only: a `PlaneForcedState`.
    case forced = 8
    /// In 65 536ths.
    case scaledScore = 9
}

/// What `setAuto`, `setUp` and `setDown` ask for.
public enum PlaneForcedState: Int64, Sendable {
    case auto = 0
    case up = 1
    case down = 2
    /// `setAuto(true)`: health decides, from up.
    case autoPresumedUp = 3
    /// `setAuto(false)`: health decides, from down.
    case autoPresumedDown = 4
}

/// Is how a policy reaches the plane: leaf functions that run on the plane's thread, return at once
/// and never enter Lua. C calls them, so they are plain functions with a context of their own.
public struct PlaneCallbacks {
    /// `(context, ordinal, PlaneServerField)`.
    public typealias ReadServer =
        @convention(c) (UnsafeMutableRawPointer?, UInt32, Int32) -> Int64
    /// `(context, ordinal, PlaneServerField, value)`.
    public typealias WriteServer =
        @convention(c) (UnsafeMutableRawPointer?, UInt32, Int32, Int64) -> Void
    /// `(context, builtin, ordinals, count, query)`: an index into `ordinals`, or -1.
    public typealias Select =
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<UInt32>?, Int32, UnsafeRawPointer?
        ) -> Int32
    /// Moves whenever an order, a weight or a health result does.
    public typealias Epoch = @convention(c) (UnsafeMutableRawPointer?) -> UInt64
    /// `(context, query, subject, name, name length, result)`: `PlaneFieldWriter(result)`.
    public typealias QueryField =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeRawPointer?, Int32, UnsafePointer<UInt8>?, Int,
            UnsafeMutableRawPointer?
        ) -> Void
    /// `(context, query, subject, method, arguments, count, result)`: `PlaneArguments`.
    public typealias QueryMethod =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeRawPointer?, Int32, Int32, UnsafeRawPointer?, Int32,
            UnsafeMutableRawPointer?
        ) -> Void

    /// `(context, query, subject, name, name length, value, result)`: `PlaneArguments(value, 1)`
    /// into a field. A result that is set to nil says that the field was written.
    public typealias QuerySet =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeRawPointer?, Int32, UnsafePointer<UInt8>?, Int,
            UnsafeRawPointer?, UnsafeMutableRawPointer?
        ) -> Void
    /// `(context, query, is first, record)`: `PlaneRecord.store(record)`; false behind the last.
    public typealias NextRecord =
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafeRawPointer?, Bool, UnsafeMutableRawPointer?
        ) -> Bool
    /// `(context, query, offset, seconds)`.
    public typealias SetTTL =
        @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, Int64, UInt32) -> Void

    /// `(context, priority, text, text length, file or NULL, line)`.
    public typealias Log =
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<UInt8>?, Int, UnsafePointer<CChar>?,
            Int32
        ) -> Void

    /// Must stay valid as long as the VM is open.
    public var context: UnsafeMutableRawPointer?
    public var readServer: ReadServer
    public var writeServer: WriteServer
    public var select: Select
    public var epoch: Epoch
    public var queryField: QueryField
    public var queryMethod: QueryMethod
    public var querySet: QuerySet
    public var nextRecord: NextRecord
    public var setTTL: SetTTL
    public var log: Log

    public init(
        context: UnsafeMutableRawPointer?, readServer: @escaping ReadServer,
        writeServer: @escaping WriteServer, select: @escaping Select, epoch: @escaping Epoch,
        queryField: @escaping QueryField, queryMethod: @escaping QueryMethod,
        querySet: @escaping QuerySet = { _, _, _, _, _, _, _ in },
        nextRecord: @escaping NextRecord = { _, _, _, _ in false },
        setTTL: @escaping SetTTL = { _, _, _, _ in },
        log: @escaping Log = { _, _, _, _, _, _ in }
    ) {
        self.context = context
        self.readServer = readServer
        self.writeServer = writeServer
        self.select = select
        self.epoch = epoch
        self.queryField = queryField
        self.queryMethod = queryMethod
        self.querySet = querySet
        self.nextRecord = nextRecord
        self.setTTL = setTTL
        self.log = log
    }
}
