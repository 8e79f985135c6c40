// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where plane threads note what they see; nothing is noted before somebody wants to look.
///
/// Unchecked: a pointer to one atomic, which control stores once and plane threads load.
public struct TrafficRecorder: @unchecked Sendable {
    // Unchecked: a pointer to an atomic.
    private let place: UnsafeMutablePointer<Atomic<UnsafeRawPointer?>>

    init() {
        place = .allocate(capacity: 1)
        place.initialize(to: Atomic(nil))
    }

    func deallocate() {
        place.deinitialize(count: 1)
        place.deallocate()
    }

    func publish(_ rings: UnsafeMutablePointer<TrafficRing>) {
        place.pointee.store(UnsafeRawPointer(rings), ordering: .releasing)
    }

    public var isRecording: Bool { place.pointee.load(ordering: .relaxed) != nil }

    @inline(__always)
    private var rings: UnsafePointer<TrafficRing>? {
        place.pointee.load(ordering: .acquiring)?.assumingMemoryBound(to: TrafficRing.self)
    }

    /// Notes a query; called by the plane thread that decides it.
    public func note(_ query: UnsafePointer<PolicyQuery>) {
        guard let rings else { return }
        rings[Int(query.pointee.thread)].note(
            queryFrom: query.pointee.remoteAddress, type: query.pointee.queryType,
            size: Int(query.pointee.packetLength), nowMicroseconds: query.pointee.nowMicroseconds)
    }

    /// Notes an answer that no server gave now: ours, or a cache's.
    public func note(hit answer: UnsafePointer<PolicyQuery>, responseCode: UInt16) {
        guard let rings else { return }
        rings[Int(answer.pointee.thread)].note(
            answerTo: answer.pointee.remoteAddress,
            name: UnsafeRawBufferPointer(answer.pointee.name), responseCode: responseCode,
            size: Int(answer.pointee.packetLength), latencyMicroseconds: 0, isHit: true,
            nowMicroseconds: answer.pointee.nowMicroseconds)
    }

    /// Notes a server's answer, or that none came.
    ///
    /// - Parameters:
    ///   - client: a `sockaddr_in` or `sockaddr_in6`.
    ///   - question: name, type and class.
    ///   - responseCode: `nil` when no answer came.
    public func note(
        answerTo client: UnsafeRawPointer, question: UnsafeRawBufferPointer,
        responseCode: UInt16?, size: Int, latencyMicroseconds: UInt64, nowMicroseconds: UInt64,
        thread: Int
    ) {
        guard let rings, question.count > 4 else { return }
        rings[thread].note(
            answerTo: client, name: UnsafeRawBufferPointer(rebasing: question.dropLast(4)),
            responseCode: responseCode, size: size, latencyMicroseconds: latencyMicroseconds,
            isHit: false, nowMicroseconds: nowMicroseconds)
    }
}
