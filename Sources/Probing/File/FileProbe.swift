// SPDX-License-Identifier: Apache-2.0

/// A file to look at.
public struct FileProbe: Hashable, Sendable {
    public enum Wish: String, Hashable, Sendable {
        case exists, age, read
    }

    public var path: String
    public var wish: Wish

    /// The octets read: a check reads a state, not a log.
    public static let bytesMax = 64 * 1024

    public init(path: String, wish: Wish) {
        self.path = path
        self.wish = wish
    }

    /// As errors and traces name it.
    public var call: String { "file.\(wish.rawValue) \(path)" }
}

/// What was found of a file.
public struct FileState: Hashable, Sendable {
    /// Since its content was changed; negative when its time is in the future.
    public var ageSeconds: Double
    /// When it was to be read.
    public var bytes: [UInt8]

    public init(ageSeconds: Double = 0, bytes: [UInt8] = []) {
        self.ageSeconds = ageSeconds
        self.bytes = bytes
    }
}
