// SPDX-License-Identifier: Apache-2.0

/// An open TCP connection of a check. One read at a time; each has the connection's timeout.
public protocol ProbeConnection: AnyObject {
    /// As errors and traces name it: `[::1]:53`.
    var peer: String { get }

    /// Reads; `nil` when the peer has closed and nothing is left. What comes before the close is
    /// given even when it is less than was asked.
    func read(
        _ amount: ReadAmount, _ done: @escaping (Result<[UInt8]?, ProbeError>) -> Void
    ) -> ProbeHandle

    func write(
        _ bytes: [UInt8], _ done: @escaping (Result<Void, ProbeError>) -> Void
    ) -> ProbeHandle

    /// Frees the socket; what is under way is dropped. Does nothing a second time.
    func close()
}

/// How much to read.
public enum ReadAmount: Hashable, Sendable, CustomStringConvertible {
    case count(Int)
    /// Up to and without LF or CR LF.
    case line
    /// Until the peer closes.
    case all

    /// The most one read gives: banners and DNS messages are far below it, and a peer that never
    /// stops sending costs no more than this.
    public static let bytesMax = 128 * 1024

    public var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .line: "line"
        case .all: "all"
        }
    }
}
