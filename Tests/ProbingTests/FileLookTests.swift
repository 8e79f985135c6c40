// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Probing

/// Catches a look that blocks, an absent file that is a failure, and a file that fills memory.
@Suite struct FileLookTests {
    private func look(_ path: String, _ wish: FileProbe.Wish) async throws -> Result<
        FileState?, ProbeError
    > {
        let probe = FileProbe(path: path, wish: wish)
        return try await Loopback.run { prober, done in _ = prober.look(probe, done) }
    }

    private let path = "/tmp/pharos-test-\(getpid())-\(UInt32.random(in: .min ... .max))"

    private func write(_ bytes: [UInt8]) throws {
        let file = try #require(fopen(path, "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    @Test func aFileIsThereWithItsAgeAndText() async throws {
        try write(Array("state: fine\n".utf8))
        defer { unlink(path) }
        var times = [timespec(), timespec()]
        clock_gettime(CLOCK_REALTIME, &times[0])
        times[0].tv_sec -= 100
        times[1] = times[0]
        utimensat(AT_FDCWD, path, times, 0)
        #expect(try await look(path, .exists).get() != nil)
        let age = try #require(try await look(path, .age).get()).ageSeconds
        #expect((100..<110).contains(age))
        #expect(try await look(path, .read).get()?.bytes == Array("state: fine\n".utf8))
    }

    @Test func whatIsNotThereIsNothing() async throws {
        for wish in [FileProbe.Wish.exists, .age, .read] {
            #expect(try await look(path, wish).get() == nil)
            #expect(try await look("/etc/passwd/below", wish).get() == nil)
        }
    }

    @Test func readingIsBoundedAndOnlyOfFiles() async throws {
        try write([UInt8](repeating: 1, count: 2 * FileProbe.bytesMax))
        #expect(try await look(path, .read).get()?.bytes.count == FileProbe.bytesMax)
        unlink(path)
        mkfifo(path, 0o600)
        defer { unlink(path) }
        for special in [path, "/tmp", "/dev/zero"] {
            #expect(try await look(special, .exists).get() != nil)
            guard case .failure(let error) = try await look(special, .read) else {
                Issue.record("\(special) was read")
                continue
            }
            #expect("\(error)" == "file.read \(special): not a regular file")
        }
    }

    @Test func aCancelledLookStaysSilent() async throws {
        let probe = FileProbe(path: "/etc/passwd", wish: .read)
        let isOver: Bool = try await Loopback.run { prober, done in
            prober.look(probe) { _ in Issue.record("completed after cancel") }.cancel()
            _ = prober.sleep(milliseconds: 50) { done(true) }
        }
        #expect(isOver)
    }
}
