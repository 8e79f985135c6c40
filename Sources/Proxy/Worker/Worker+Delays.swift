// SPDX-License-Identifier: Apache-2.0

import Glibc

extension Worker {
    /// Keeps an answer back for as long as a rule asked. False when it is to be sent now: no delay, or
    /// no room for more.
    mutating func keepsBack(
        _ answer: UnsafeRawBufferPointer, client: UnsafeRawPointer, clientLength: UInt8,
        local: UnsafeRawPointer, listener: Int32, milliseconds: UInt32
    ) -> Bool {
        guard milliseconds > 0 else { return false }
        guard
            delays.add(
                answer, client: client.load(as: sockaddr_in6.self), clientLength: clientLength,
                local: local.load(as: sockaddr_in6.self), listener: listener,
                milliseconds: milliseconds, nowMicroseconds: now)
        else {
            counters.count(.delayQueueFull)
            return false
        }
        counters.count(.delayedAnswers)
        // The listener stays open until it has left.
        listeners[listener].pointee.inFlight &+= 1
        return true
    }

    /// Sends the answers whose time has come.
    mutating func sendDelayed() {
        while let entry = delays.take(nowMicroseconds: now) {
            var client = entry.client
            var local = entry.local
            let listener = listeners[entry.listener]
            listener.pointee.inFlight &-= 1
            // They must stay where they are until the vector is sent.
            withUnsafeMutablePointer(to: &client) { client in
                withUnsafeMutablePointer(to: &local) { local in
                    vector.clear()
                    vector.append(
                        entry.message.baseAddress!,  // an answer has a header
                        length: entry.message.count, origin: 0, name: client,
                        nameLength: Int(entry.clientLength),
                        source: listener.pointee.isWildcard ? UnsafeRawPointer(local) : nil)
                    sendToClients(listener)
                }
            }
            entry.message.deallocate()
        }
    }
}
