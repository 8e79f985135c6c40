// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A directory of its own for one peer, removed with it (kept when PHAROS_KEEP is set).
public final class ScratchDirectory: Sendable {
    public let path: String

    public init(_ name: String) throws(PeerError) {
        var template = Array("/tmp/pharos-test-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .system(call: "mkdtemp", errno: errno)
        }
        // mkdtemp left its terminating zero where it was.
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        // knotd and bird drop no privileges here, but a daemon under another user must get in.
        chmod(path, 0o755)
    }

    deinit {
        guard getenv("PHAROS_KEEP") == nil else { return }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file in the directory, at once and whole, and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws(PeerError) -> String {
        let file = "\(path)/\(name)"
        do {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        } catch {
            throw .unreadable(what: file, text: "\(error)")
        }
        return file
    }

    /// The text of a file in the directory; empty when there is none yet.
    public func read(_ name: String) -> String {
        let bytes = FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What is in the directory.
    public func names() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    /// Removes a file of the directory that may be there.
    public func remove(_ name: String) {
        unlink("\(path)/\(name)")
    }
}
