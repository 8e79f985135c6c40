// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A folder of a test's own, with what it writes there.
struct Scratch {
    let path = "/tmp/pharos-scripting-\(getpid())-\(UInt64.random(in: .min ... .max))"
    private final class Written { var files: [String] = [] }
    private let written = Written()

    init() throws {
        guard mkdir(path, 0o700) == 0 else { throw ScratchError(errno: errno) }
    }

    /// Returns the file's path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Array(text.utf8))
    }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = "\(path)/\(name)"
        guard let stream = fopen(file, "w") else { throw ScratchError(errno: errno) }
        defer { fclose(stream) }
        written.files.append(file)
        guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else {
            throw ScratchError(errno: errno)
        }
        return file
    }

    func remove() {
        for file in written.files { unlink(file) }
        rmdir(path)
    }

    struct ScratchError: Error { let errno: Int32 }
}
