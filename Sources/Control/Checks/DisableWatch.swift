// SPDX-License-Identifier: Apache-2.0
//
// inotify(7) watches folders that are there. For a file whose folder is not, the nearest folder above
// is watched until the one below it comes. What the kernel tells is taken as "look again": the names
// in an event may be old by the time they are read, the file system is not.

import Glibc
import NIOCore
import NIOPosix

/// Tells when a file of a set may have come or gone.
///
/// Confined to control's event loop.
final class DisableWatch {
    /// Between two looks: folders like /tmp change all the time.
    private static let pause = Duration.milliseconds(20)
    /// Folders watched at most; the rest is seen at the next run of a check.
    private static let foldersMax = 1_024
    private static let mask = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR)

    private let clock: ControlClock
    private let onChange: () -> Void
    private let descriptor: Int32
    private var folders: [String] = []
    /// Watch descriptors that are in use.
    private var watches: Set<Int32> = []
    private var timer: Scheduled<Void>?
    private var lookedAt = Duration.zero

    /// - Throws: ``DaemonError/system(call:object:code:)`` when the kernel has no instance to give.
    init(clock: ControlClock, onChange: @escaping () -> Void) throws(DaemonError) {
        self.clock = clock
        self.onChange = onChange
        descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else {
            throw .system(call: "inotify_init1", object: "disable files", code: errno)
        }
        let loop = clock.loop.nonisolated()
        let reach = NIOLoopBound(WeakWatch(self), eventLoop: loop)
        _ = NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Listener { reach.value.watch?.heard() })
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
    }

    /// Watches for these files, and for no others.
    func follow(_ files: [String]) {
        folders = Set(files.map { RunOptions.folder(of: $0) }).sorted()
        arm()
    }

    private func arm() {
        var next: Set<Int32> = []
        for folder in folders.prefix(Self.foldersMax) {
            next.formUnion(watch(folder))
        }
        for gone in watches.subtracting(next) { inotify_rm_watch(descriptor, gone) }
        watches = next
    }

    /// Watches a folder and, while it is not there, the nearest one above it.
    private func watch(_ folder: String) -> [Int32] {
        var path = folder
        while true {
            let number = inotify_add_watch(descriptor, path, Self.mask)
            guard number < 0 else {
                // The one below may have come before this one was watched.
                let own = path == folder ? -1 : inotify_add_watch(descriptor, folder, Self.mask)
                return own < 0 ? [number] : [number, own]
            }
            let above = RunOptions.folder(of: path)
            guard above != path else { return [] }
            path = above
        }
    }

    private func heard() {
        guard timer == nil else { return }
        timer = clock.schedule(at: max(clock.now, lookedAt + Self.pause)) { [weak self] in
            guard let self else { return }
            timer = nil
            lookedAt = clock.now
            arm()
            onChange()
        }
    }

    private final class WeakWatch {
        weak var watch: DisableWatch?
        init(_ watch: DisableWatch) { self.watch = watch }
    }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let heard: () -> Void

        init(heard: @escaping () -> Void) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { heard() }
    }
}
