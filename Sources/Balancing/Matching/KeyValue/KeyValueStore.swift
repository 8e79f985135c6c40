// SPDX-License-Identifier: Apache-2.0
//
// The plane reads while control replaces. A reader raises its own mark, then loads the pointer to the
// file; control exchanges the pointer, then looks at the marks, all of it sequentially consistent: a
// reader whose mark is down after the exchange can no longer have the old file. A lookup takes
// microseconds, so the old file is freed at the next look at the latest.

public import Declarations
import Glibc
import Synchronization

/// A key-value store that rules ask (`newCDBKVStore`), read again when its file changes.
///
/// Made and refreshed by one thread at a time; asked by all plane threads.
public final class KeyValueStore: @unchecked Sendable {
    // Unchecked: what plane threads touch is atomic; the rest is behind the lock.

    private struct Held {
        /// What tells one version of the file from the next.
        var version = Version()
        /// Of the monotonic clock, in seconds.
        var lookedAt: UInt64 = 0
        var fault: String?
        /// Replaced, and perhaps still read by these threads.
        var replaced: [(file: UnsafeMutableRawPointer, readers: Set<Int>)] = []
    }

    private struct Version: Equatable {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        var size: Int = -1
        var seconds: Int = 0
        var nanoseconds: Int = 0
    }

    public let declaration: KeyValueStoreDeclaration
    private let reader: KeyValueReader
    private let planeThreads: Int
    private let held = Mutex(Held())

    /// Reads the file. A file that is not there or is no CDB leaves the store empty, as with dnsdist;
    /// ``fault`` says so.
    public init(
        _ declaration: KeyValueStoreDeclaration, planeThreads: Int, nowSeconds: UInt64
    ) {
        self.declaration = declaration
        self.planeThreads = planeThreads
        reader = KeyValueReader(planeThreads: planeThreads)
        load(nowSeconds)
    }

    /// No plane thread may still have a reader.
    deinit {
        held.withLock { held in
            for old in held.replaced { Self.free(old.file) }
        }
        if let file = reader.exchange(nil) { Self.free(file) }
        reader.deallocate()
    }

    /// Why the file was not read at the last look; `nil` when all is well.
    public var fault: String? { held.withLock { $0.fault } }

    /// For rules; valid while this object lives.
    var forRules: KeyValueReader { reader }

    /// Looks at the file if its time has come, and reads it again when it has changed. May block on
    /// the disk, so it belongs on no event loop.
    public func refresh(nowSeconds: UInt64) {
        release()
        let isDue = held.withLock { held in
            declaration.refreshSeconds > 0
                && nowSeconds >= held.lookedAt + UInt64(declaration.refreshSeconds)
        }
        if isDue { load(nowSeconds) }
    }

    private func load(_ nowSeconds: UInt64) {
        var status = stat()
        let descriptor = open(declaration.path, O_RDONLY | O_CLOEXEC)
        let isOpen = descriptor >= 0 && fstat(descriptor, &status) == 0
        defer { if descriptor >= 0 { close(descriptor) } }
        let failure = isOpen ? nil : String(cString: strerror(errno))
        let version = Version(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        held.withLock { held in
            held.lookedAt = nowSeconds
            guard isOpen else {
                // The last good content stays: an empty block list would let everything through.
                held.fault = failure.map { "\(declaration.path): \($0)" }
                return
            }
            guard version != held.version else { return }
            do throws(CDBFile.Failure) {
                let file = try CDBFile(descriptor: descriptor, size: version.size)
                held.version = version
                held.fault = nil
                if let old = reader.exchange(Self.box(file)) {
                    held.replaced.append((old, Set(0..<planeThreads)))
                }
            } catch {
                held.fault = "\(declaration.path): \(error.words)"
            }
        }
    }

    /// Frees what no thread reads any more.
    private func release() {
        held.withLock { held in
            for index in held.replaced.indices {
                held.replaced[index].readers = held.replaced[index].readers.filter {
                    reader.isReading(thread: $0)
                }
            }
            held.replaced.removeAll { old in
                guard old.readers.isEmpty else { return false }
                Self.free(old.file)
                return true
            }
        }
    }

    private static func box(_ file: CDBFile) -> UnsafeMutableRawPointer {
        let box = UnsafeMutablePointer<CDBFile>.allocate(capacity: 1)
        box.initialize(to: file)
        return UnsafeMutableRawPointer(box)
    }

    private static func free(_ file: UnsafeMutableRawPointer) {
        let box = file.assumingMemoryBound(to: CDBFile.self)
        box.pointee.deallocate()
        box.deallocate()
    }
}
