// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import Proxy

/// A pipeline over one snapshot with rules of every kind, and what its owner would keep of a query.
final class PipelineDesk {
    private let counters = PlaneCounters(planeThreads: 1)
    private let slab = ServerSlab(planeThreads: 1)
    private let statistics = PolicyStatisticsTable(planeThreads: 1)
    private let snapshot: PlaneSnapshot
    private let handles: [ServerHandle]
    private var pipeline: Pipeline
    private var now: UInt64 = 1_000_000_000
    private var waiting: Waiting?

    private struct Waiting {
        let step: PipelineTarget.Step
        let identity: RequestIdentity
        let question: [UInt8]
        let server: ServerHandle
        let state: UnsafeMutablePointer<QueryState>
    }

    init() {
        let configuration = PipelineConfiguration.make()
        do {
            handles = try slab.update(to: configuration.servers)
            snapshot = try PlaneSnapshot(
                configuration, generation: 1, handles: handles, slab: slab, statistics: statistics)
        } catch {
            // The configuration is ours.
            preconditionFailure("\(error)")
        }
        pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
    }

    var isWaiting: Bool { waiting != nil }

    /// Nobody waits any more.
    func forget() {
        guard let waiting else { return }
        waiting.state.pointee.deallocate()
        waiting.state.deallocate()
        self.waiting = nil
    }

    private var view: UnsafePointer<PlaneView> { snapshot.view }

    private static func peer(_ text: String) -> Endpoint {
        Endpoint(text, defaultPort: 4_000)!  // written here
    }
    private static let clients = [peer("192.168.7.9"), peer("[fd00::7]")]
    private static let locals = [peer("127.0.0.1"), peer("[::1]")]

    func ask(_ step: PipelineTarget.Step) throws(FuzzFault) {
        now += step.seconds * 1_000_000 + 1
        let least = max(LocalAnswer.bytesMax, view.pointee.answerBytesMax)
        let room =
            max(0, least - step.message.count) + (step.isRaw ? Pipeline.clientSubnetBytesMax : 0)
        var client = Self.clients[step.fromV6 ? 1 : 0].socketAddress.storage
        var local = Self.locals[step.fromV6 ? 1 : 0].socketAddress.storage
        let hits = counters[.cacheHits]
        try withExactBytes(step.message, room: room) { (buffer) throws(FuzzFault) in
            let decision = pipeline.decide(
                buffer, length: step.message.count, client: &client, local: &local,
                overTCP: step.overTCP, nowMicroseconds: now, view: view)
            switch decision {
            case .drop: break
            case .answer(let length):
                try hold((12...buffer.count).contains(length), "an answer of \(length) octets")
                let isCached = counters[.cacheHits] != hits
                try check(Array(buffer.prefix(length)), to: step.message, isCached: isCached)
            case .forward(let ordinal, let questionEnd):
                try wait(step, buffer, ordinal: ordinal, questionEnd: questionEnd)
            }
        }
    }

    private func check(
        _ answer: [UInt8], to query: [UInt8], isCached: Bool
    ) throws(FuzzFault) {
        try withExactBytes(answer) { (answer) throws(FuzzFault) in
            try withExactBytes(query) { (query) throws(FuzzFault) in
                guard let ours = DNSMessageView(UnsafeRawBufferPointer(answer)),
                    let asked = DNSMessageView(UnsafeRawBufferPointer(query))
                else {
                    throw FuzzFault(description: "an answer to no message")
                }
                try hold(ours.isResponse && ours.id == asked.id, "an answer to somebody else")
                try hold(ours.recursionDesired == asked.recursionDesired, "the client's RD is lost")
                guard ours.questionCount > 0, let question = asked.question else { return }
                try hold(
                    ours.question?.isSame(as: question) == true, "an answer to another question")
            }
        }
        // What a server sent may be anything; what we say ourselves may not.
        guard !isCached else { return }
        try withExactBytes(answer) { (answer) throws(FuzzFault) in
            let view = DNSMessageView(UnsafeRawBufferPointer(answer))
            guard let view, var cursor = RecordCursor(view) else {
                throw FuzzFault(description: "our own answer is unreadable")
            }
            while cursor.next() != nil {}
            try hold(
                !cursor.isBroken && cursor.nextOffset == answer.count,
                "our own answer has broken records")
        }
    }

    private func wait(
        _ step: PipelineTarget.Step, _ buffer: UnsafeMutableRawBufferPointer, ordinal: Int32,
        questionEnd: Int
    ) throws(FuzzFault) {
        let state = pipeline.takeState()
        try hold(handles.indices.contains(Int(ordinal)), "server \(ordinal)")
        try hold(
            (17...buffer.count).contains(pipeline.queryBytes),
            "\(pipeline.queryBytes) octets to send")
        try hold((17...pipeline.queryBytes).contains(questionEnd), "a question to \(questionEnd)")
        let question = Array(buffer[12..<questionEnd])
        try hold(question == Array(step.message[12..<questionEnd]), "the question was changed")
        let place = UnsafeMutablePointer<QueryState>.allocate(capacity: 1)
        place.initialize(to: state)
        waiting = Waiting(
            step: step, identity: pipeline.identity, question: question,
            server: handles[Int(ordinal)], state: place)
    }

    func answer(_ step: PipelineTarget.Step) throws(FuzzFault) {
        guard let waiting else { return }
        now += step.seconds * 1_000_000 + 1
        var message = step.message
        if !step.isRaw, message.count > 12 {
            message[2] |= 0x80
            message[4...5] = [0, 1]
            message.replaceSubrange(12..<12, with: waiting.question)
        }
        let room = max(0, view.pointee.answerBytesMax - message.count) + (step.overTCP ? 259 : 0)
        try withExactBytes(message, room: room) { (buffer) throws(FuzzFault) in
            let bytes = buffer.first(message.count)
            let verdict = waiting.question.withUnsafeBytes {
                pipeline.verify(UnsafeRawBufferPointer(bytes), question: $0)
            }
            try check(verdict, UnsafeRawBufferPointer(bytes), waiting.question)
            guard verdict == .accepted else { return }
            try relay(buffer, length: message.count, isCut: step.fromV6, waiting)
            forget()
        }
    }

    /// What `verify` says, said differently.
    private func check(
        _ verdict: AnswerVerdict, _ bytes: UnsafeRawBufferPointer, _ question: [UInt8]
    ) throws(FuzzFault) {
        var asked = [UInt8](repeating: 0, count: 12) + question
        asked[5] = 1
        let isOurs = asked.withUnsafeBytes { asked in
            guard let view = DNSMessageView(bytes), view.isResponse,
                let mine = DNSMessageView(asked)?.question
            else { return false }
            guard view.questionCount > 0 else {
                return view.responseCode != .noError && view.responseCode != .nameError
            }
            return view.question?.isSame(as: mine) ?? false
        }
        try hold((verdict == .accepted) == isOurs, "verify says \(verdict)")
    }

    /// The worker's steps with an accepted answer.
    private func relay(
        _ buffer: UnsafeMutableRawBufferPointer, length: Int, isCut: Bool, _ waiting: Waiting
    ) throws(FuzzFault) {
        let answer = buffer.first(length)
        var kept = isCut ? pipeline.truncate(answer) : length
        try hold((12...length).contains(kept), "cut to \(kept) of \(length)")
        pipeline.restore(waiting.identity, in: answer)
        kept = pipeline.removeAdded(waiting.state.pointee.flags, from: answer, length: kept)
        try hold((12...length).contains(kept), "removal makes \(kept) of \(length)")
        var client = Self.clients[waiting.step.fromV6 ? 1 : 0].socketAddress.storage
        var local = Self.locals[waiting.step.fromV6 ? 1 : 0].socketAddress.storage
        try withExactBytes(waiting.question) { (question) throws(FuzzFault) in
            let question = UnsafeRawBufferPointer(question)
            if view.pointee.changesAnswers {
                let asked = AnsweredQuery(
                    question: question, client: &client, local: &local,
                    overTCP: waiting.step.overTCP, server: waiting.server, state: waiting.state,
                    nowMicroseconds: now)
                kept = pipeline.respond(buffer, length: kept, to: asked, view: view)
            }
            try hold((0...buffer.count).contains(kept), "rules make \(kept) octets")
            let sent = UnsafeRawBufferPointer(buffer.first(kept))
            pipeline.keep(
                sent, question: question, state: waiting.state.pointee, nowMicroseconds: now,
                view: view)
            guard kept > 0 else { return }
            pipeline.note(
                sent, question: question, client: &client, latencyMicroseconds: 1,
                nowMicroseconds: now, view: view)
            guard let view = DNSMessageView(sent) else {
                throw FuzzFault(description: "\(kept) octets are sent")
            }
            try hold(view.id == waiting.identity.id, "sent to another client")
            try hold(
                view.recursionDesired == waiting.identity.flags.recursionDesired,
                "the client's RD is lost")
        }
    }
}
