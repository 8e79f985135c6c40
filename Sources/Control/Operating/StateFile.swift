// SPDX-License-Identifier: Apache-2.0

import Announcing
import FoundationEssentials
import Glibc
import Synchronization

/// The state file: read once at the start, replaced whole whenever something changed.
///
/// Any thread may call it; each call waits for the disk. A reader never sees half a file, nor an
/// empty one after a power loss: what is written goes to a temporary file beside it, which takes its
/// name once it is on the disk.
final class StateFile: Sendable {
    /// What the start found.
    enum Found: Sendable {
        case nothing
        case state(OperatorState)
        /// It was moved to `aside`, or stays where it is when that failed.
        case unreadable(words: String, aside: String?)
    }

    let path: String
    private let latest = Mutex(Latest())
    /// Held while the disk is written, so that an older state never follows a newer one.
    private let writing = Mutex(())

    private struct Latest {
        var snapshot: Snapshot?
        var isFinished = false
    }

    /// What is to be kept, before it becomes text: that is for the thread that writes, since routes
    /// may be many.
    struct Snapshot: Sendable {
        var book: OperatorBook
        var memories: [RouteMemory]
        var takenAt: Double
        var endedInOrder = false
    }

    init(path: String) {
        self.path = path
    }

    /// Reads it; what is no state of ours is moved aside, so that it is neither lost nor in the way.
    func load(at unixSeconds: Double) -> Found {
        let bytes: Data
        switch Self.read(path) {
        case .success(let read):
            guard let read else { return .nothing }
            bytes = read
        case .failure(let fault): return moved(words: fault.words, at: unixSeconds)
        }
        do throws(OperatorState.Unreadable) {
            return .state(try OperatorState.decode(bytes))
        } catch {
            return moved(words: error.words, at: unixSeconds)
        }
    }

    private func moved(words: String, at unixSeconds: Double) -> Found {
        let aside = "\(path).unreadable-\(Int(unixSeconds))"
        return .unreadable(words: words, aside: rename(path, aside) == 0 ? aside : nil)
    }

    /// Notes what the next ``write()`` writes; after ``finish()`` nothing changes any more.
    func set(_ snapshot: Snapshot) {
        latest.withLock { if !$0.isFinished { $0.snapshot = snapshot } }
    }

    /// Writes what was noted last. Returns what went wrong, in words.
    func write() -> String? {
        writing.withLock { _ in
            guard let snapshot = latest.withLock({ $0.snapshot }) else { return nil }
            guard let bytes = try? OperatorState(snapshot, processID: Int(getpid())).encoded()
            else { return "\(path): cannot be encoded" }
            return Self.replace(path, with: bytes)
        }
    }

    /// Marks the end as one in order, and writes that.
    func finish(at unixSeconds: Double) -> String? {
        latest.withLock {
            $0.isFinished = true
            $0.snapshot?.endedInOrder = true
            $0.snapshot?.takenAt = unixSeconds
        }
        return write()
    }

    // MARK: - The disk

    private static func read(_ path: String) -> Result<Data?, OperatorState.Unreadable> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            return errno == ENOENT
                ? .success(nil) : .failure(.init(words: String(cString: strerror(errno))))
        }
        defer { close(descriptor) }
        var bytes = Data()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                return .failure(.init(words: String(cString: strerror(errno))))
            }
            if count == 0 { return .success(bytes) }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= OperatorState.bytesMax else {
                return .failure(
                    .init(words: "it is larger than \(OperatorState.bytesMax >> 20) MiB"))
            }
        }
    }

    private static func replace(_ path: String, with bytes: Data) -> String? {
        func fault(_ what: String, _ code: Int32) -> String {
            "\(what): \(String(cString: strerror(code)))"
        }
        let temporary = "\(path).new"
        let descriptor = open(
            temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return fault(temporary, errno) }
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                close(descriptor)
                return fault(temporary, code)
            }
            rest = rest.dropFirst(count)
        }
        let isSynced = fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isSynced else { return fault(temporary, code) }
        guard rename(temporary, path) == 0 else { return fault(path, errno) }
        syncFolder(of: path)
        return nil
    }

    /// The new name is on the disk as well.
    private static func syncFolder(of path: String) {
        let descriptor = open(RunOptions.folder(of: path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        // A file system that cannot do that has its own ways; the file itself is on the disk.
        _ = fsync(descriptor)
        close(descriptor)
    }
}
