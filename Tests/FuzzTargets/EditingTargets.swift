// SPDX-License-Identifier: Apache-2.0

import DNSWire

/// What changes messages where they lie.
enum EditingTargets {
    /// Our own answers, the cut to a truncated one, TTLs.
    @Sendable static func answer(_ bytes: [UInt8]) throws(FuzzFault) {
        try withExactBytes(bytes) { (buffer) throws(FuzzFault) in
            guard let view = DNSMessageView(UnsafeRawBufferPointer(buffer)) else { return }
            for code in [ResponseCode.refused, ResponseCode(rawValue: 23)] {
                let local = LocalAnswer(code, isTruncated: true, recursionAvailable: true)
                try withExactBytes([], room: LocalAnswer.bytesMax) { (own) throws(FuzzFault) in
                    let length = local.write(to: view, question: view.question, into: own)
                    try check(own: Array(own.prefix(length)), to: view)
                }
            }
        }
        // In the query's place, as the plane does it.
        try withExactBytes(bytes, room: LocalAnswer.bytesMax) { (buffer) throws(FuzzFault) in
            let message = UnsafeRawBufferPointer(buffer.first(bytes.count))
            guard let view = DNSMessageView(message) else { return }
            let local = LocalAnswer(.serverFailure, recursionAvailable: false)
            let length = local.write(to: view, question: view.question, into: buffer)
            try withExactBytes(bytes) { (original) throws(FuzzFault) in
                guard let view = DNSMessageView(UnsafeRawBufferPointer(original)) else { return }
                try check(own: Array(buffer.prefix(length)), to: view)
            }
        }
        try cut(bytes)
        try changeLifetimes(bytes)
    }

    private static func check(own: [UInt8], to query: DNSMessageView) throws(FuzzFault) {
        guard let answer = try? DNSMessage(decoding: own) else {
            throw FuzzFault(description: "our own answer is unreadable: \(own)")
        }
        try hold(answer.id == query.id && answer.flags.isResponse, "not an answer")
        try hold(
            answer.flags.recursionDesired == query.recursionDesired
                && answer.flags.opcode == query.opcode, "RD or opcode differ")
        try hold((answer.edns != nil) == (query.edns != nil), "EDNS only with EDNS")
        try hold(
            answer.questions.first.map(\.name.wire) == query.question.map { Array($0.name) },
            "another question")
    }

    /// Whether a name of the message runs on into its OPT, so that it changes when that does.
    static func namesLieInOPT(_ bytes: [UInt8], _ message: DNSMessage) -> Bool {
        guard message.edns != nil else { return false }
        let offset = bytes.withUnsafeBytes { DNSMessageView($0)?.edns?.offset }
        guard let offset, bytes[10...11] != [0, 0] else { return true }
        var before = Array(bytes[..<offset])
        before[11] &-= 1
        if before[11] == 0xff { before[10] &-= 1 }
        let without = try? DNSMessage(decoding: before)
        return without?.answers != message.answers || without?.authority != message.authority
            || without?.additional != message.additional
    }

    private static func cut(_ bytes: [UInt8]) throws(FuzzFault) {
        let before = bytes.withUnsafeBytes { DNSMessageView($0)?.edns?.payloadBytes }
        try withExactBytes(bytes) { (buffer) throws(FuzzFault) in
            let length = AnswerCut.cut(buffer, isTruncated: true)
            try hold(length <= bytes.count, "a cut that adds")
            guard bytes.count >= 12 else { return }
            guard let answer = try? DNSMessage(decoding: Array(buffer.prefix(length))) else {
                throw FuzzFault(description: "what is left is unreadable")
            }
            try hold(answer.flags.isTruncated && answer.answers.isEmpty, "not truncated")
            guard let edns = answer.edns else { return }
            try hold(edns.options.isEmpty, "options are left")
            try hold(edns.payloadBytes == before, "another OPT")
        }
    }

    private static func changeLifetimes(_ bytes: [UInt8]) throws(FuzzFault) {
        try withExactBytes(bytes) { (buffer) throws(FuzzFault) in
            LifetimeEditor.edit(buffer) { _, seconds in seconds }
            try hold(Array(buffer) == bytes, "TTLs that stay change the message")
            LifetimeEditor.edit(buffer) { _, seconds in min(seconds, 5) }
            guard let before = try? DNSMessage(decoding: bytes) else { return }
            guard let after = try? DNSMessage(decoding: Array(buffer)) else {
                throw FuzzFault(description: "TTLs made it unreadable")
            }
            try hold(
                (after.answers + after.authority).allSatisfy {
                    $0.timeToLiveSeconds <= 5 || $0.type == .opt
                }, "a TTL was missed")
            try hold(before.edns == after.edns, "the OPT was changed")
        }
    }

    /// The first octets say which option, how long, and how much room there is.
    @Sendable static func options(_ bytes: [UInt8]) throws(FuzzFault) {
        // A message alone is edited too: then its identifier says it.
        let head = bytes.prefix(2).map { Int($0) } + [0, 0]
        let code = UInt16([8, 3, 10, 15, 0][head[0] % 5])
        let value = [UInt8](repeating: 0x5a, count: head[1] % 41)
        let room = [0, 10, 35, 100, 300][head[0] / 5 % 5]
        try withExactBytes(bytes, room: room) { (buffer) throws(FuzzFault) in
            let change = value.withUnsafeBytes {
                OptionEditor.set(code, to: $0, in: buffer, length: bytes.count, payloadBytes: 512)
            }
            guard let change else {
                return try hold(Array(buffer.prefix(bytes.count)) == bytes, "changed after all")
            }
            try hold(change.length <= buffer.count, "longer than its room")
            let message = UnsafeRawBufferPointer(buffer.first(change.length))
            guard let view = DNSMessageView(message),
                let place = OptionEditor.value(of: code, in: view)
            else { throw FuzzFault(description: "the option is not there") }
            try hold(Array(message[place]) == value, "another value")
            if let before = try? DNSMessage(decoding: bytes), !namesLieInOPT(bytes, before) {
                let after = try? DNSMessage(decoding: Array(message))
                try hold(
                    after?.answers == before.answers && after?.authority == before.authority
                        && after?.additional == before.additional, "a record was changed")
            }
            var length = OptionEditor.remove(code, from: buffer, length: change.length)
            let left = DNSMessageView(UnsafeRawBufferPointer(buffer.first(length)))
            try hold(left.flatMap { OptionEditor.value(of: code, in: $0) } == nil, "it is left")
            if change.addedOPT { length = OptionEditor.removeOPT(from: buffer, length: length) }
            guard !change.replaced else { return }
            try hold(
                Array(buffer.prefix(length)) == bytes, "put in and taken out, but not as before")
        }
    }
}
