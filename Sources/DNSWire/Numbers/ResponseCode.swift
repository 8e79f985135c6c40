// SPDX-License-Identifier: Apache-2.0

/// A response code, 12 bits with EDNS's (IANA, DNS RCODEs).
@frozen
public struct ResponseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var noError: ResponseCode { ResponseCode(rawValue: 0) }
    @inlinable public static var formatError: ResponseCode { ResponseCode(rawValue: 1) }
    @inlinable public static var serverFailure: ResponseCode { ResponseCode(rawValue: 2) }
    @inlinable public static var nameError: ResponseCode { ResponseCode(rawValue: 3) }
    @inlinable public static var notImplemented: ResponseCode { ResponseCode(rawValue: 4) }
    @inlinable public static var refused: ResponseCode { ResponseCode(rawValue: 5) }
    @inlinable public static var nameExists: ResponseCode { ResponseCode(rawValue: 6) }
    @inlinable public static var setExists: ResponseCode { ResponseCode(rawValue: 7) }
    @inlinable public static var setMissing: ResponseCode { ResponseCode(rawValue: 8) }
    @inlinable public static var notAuthoritative: ResponseCode { ResponseCode(rawValue: 9) }
    @inlinable public static var notZone: ResponseCode { ResponseCode(rawValue: 10) }
    @inlinable public static var badVersion: ResponseCode { ResponseCode(rawValue: 16) }
    @inlinable public static var badCookie: ResponseCode { ResponseCode(rawValue: 23) }
}
