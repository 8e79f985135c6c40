// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import CLinux
import DNSWire
import Declarations
import Glibc
import Logging
import NIOCore
import Synchronization

/// Writes what `LogAction` noted: into its files, or into our own log, in dnsdist's words.
final class RuleLogFiles: Sendable {
    private struct File {
        var descriptor: Int32
        var device: UInt64
        var inode: UInt64
    }

    private let logger: Logger
    /// By path; what cannot be opened is tried again at the next look.
    private let files = Mutex<[String: File]>([:])
    /// Paths whose trouble was said.
    private let complained = Mutex<Set<String>>([])

    init(logger: Logger) {
        self.logger = logger
    }

    /// Takes all entries and writes them. May block on the disk, so it belongs on no event loop.
    func drain(_ log: RuleLog) {
        let targets = log.targets
        guard !targets.isEmpty else { return }
        var lines: [Int: [UInt8]] = [:]
        let offset =
            UInt64(ControlClock.unixSeconds * 1_000_000)
            &- NIODeadline.now().uptimeNanoseconds / 1_000
        log.take { entry in
            guard targets.indices.contains(entry.target) else { return }
            let target = targets[entry.target]
            let line = Self.line(entry, target, wallOffset: offset)
            if target.path.isEmpty {
                logger.log(level: target.isVerboseOnly ? .debug : .info, "\(line)")
            } else {
                lines[entry.target, default: []] += Array(line.utf8) + [UInt8(ascii: "\n")]
            }
        }
        for (index, bytes) in lines { write(bytes, to: targets[index]) }
    }

    static func line(
        _ entry: RuleLogEntry, _ target: LogTarget, wallOffset: UInt64
    ) -> String {
        let client = Endpoint(address: entry.client, port: entry.port)
        let name = DNSName(wire: entry.name).map { "\($0)" } ?? "?"
        let type = DNSType(rawValue: entry.queryType).name
        var time = ""
        if target.includesTime {
            let wall = entry.microseconds &+ wallOffset
            let fraction = "\(wall % 1_000_000 + 1_000_000)".dropFirst()
            time = "[\(wall / 1_000_000).\(fraction)] "
        }
        guard let code = entry.responseCode else {
            return "\(time)Packet from \(client) for \(name) \(type) with id \(entry.id)"
        }
        return "\(time)Answer to \(client) for \(name) \(type) "
            + "(\(ResponseCode(rawValue: code).name)) with id \(entry.id)"
    }

    private func write(_ bytes: [UInt8], to target: LogTarget) {
        guard let descriptor = descriptor(of: target) else { return }
        var position = 0
        while position < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + position, bytes.count - position)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return complain(target.path, errno) }
            position += count
        }
    }

    /// Opens the file, again when it was renamed or removed (logrotate). What we opened once is
    /// appended to from then on.
    private func descriptor(of target: LogTarget) -> Int32? {
        files.withLock { files in
            var identity = clinux_file_identity()
            let exists = clinux_identity_of_path(target.path, &identity) == 0
            if let known = files[target.path] {
                if exists, known.device == identity.device, known.inode == identity.inode {
                    return known.descriptor
                }
                close(known.descriptor)
            }
            let isFresh = files[target.path] == nil && !target.appends
            files[target.path] = nil
            let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (isFresh ? O_TRUNC : 0)
            let descriptor = open(target.path, flags, 0o644)
            guard descriptor >= 0, clinux_identity_of_descriptor(descriptor, &identity) == 0 else {
                complain(target.path, errno)
                return nil
            }
            files[target.path] = File(
                descriptor: descriptor, device: identity.device, inode: identity.inode)
            return descriptor
        }
    }

    private func complain(_ path: String, _ code: Int32) {
        guard complained.withLock({ $0.insert(path).inserted }) else { return }
        logger.error("LogAction: \(path): \(String(cString: strerror(code)))")
    }
}
