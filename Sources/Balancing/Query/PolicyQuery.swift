// SPDX-License-Identifier: Apache-2.0

import DNSWire

/// One query as policies and rules see it: borrowed, valid for the call alone.
public struct PolicyQuery {
    /// The snapshot that the query is decided with.
    public var view: UnsafePointer<PlaneView>
    /// The calling plane thread's random numbers.
    public var generator: UnsafeMutablePointer<SelectionGenerator>
    /// The monotonic clock; the same for all queries of a batch.
    public var nowMicroseconds: UInt64
    /// The whole message.
    public var packet: UnsafePointer<UInt8>
    public var packetLength: Int32
    /// Where the question's name begins: uncompressed, wire form.
    public var nameOffset: Int32
    /// Octets of the name, its root label included.
    public var nameLength: Int32
    public var queryType: UInt16
    public var queryClass: UInt16
    /// A `sockaddr_in` or `sockaddr_in6`.
    public var remoteAddress: UnsafeRawPointer
    /// The address that was asked, of the same form.
    public var localAddress: UnsafeRawPointer
    public var overTCP: Bool
    /// The plane thread: 0 up to the workers, the stream loop last.
    public var thread: Int32
    /// What was decided about it; `nil` where nothing may change it (a policy's rehearsal).
    public var state: UnsafeMutablePointer<QueryState>?
    /// What a rule wants servers to be told in place of the client's network.
    public var clientSubnetNetworks: UnsafePointer<ClientSubnetNetworks>?
    /// The octets that the message's memory has, for scripts that change or answer it.
    public var packetCapacity: Int32 = 0
    /// Whether ``packet`` is an answer; the question's fields are the query's all the same.
    public var isResponse = false
    /// The ordinal of the server that answered, or -1.
    public var server: Int32 = -1
    /// What a script's action said beside its number, valid until the thread's next script call.
    public var scriptText = UnsafeBufferPointer<UInt8>(start: nil, count: 0)

    public init(
        view: UnsafePointer<PlaneView>, generator: UnsafeMutablePointer<SelectionGenerator>,
        nowMicroseconds: UInt64, packet: UnsafePointer<UInt8>, packetLength: Int32,
        nameOffset: Int32, nameLength: Int32, queryType: UInt16, queryClass: UInt16,
        remoteAddress: UnsafeRawPointer, localAddress: UnsafeRawPointer, overTCP: Bool,
        thread: Int32
    ) {
        self.view = view
        self.generator = generator
        self.nowMicroseconds = nowMicroseconds
        self.packet = packet
        self.packetLength = packetLength
        self.nameOffset = nameOffset
        self.nameLength = nameLength
        self.queryType = queryType
        self.queryClass = queryClass
        self.remoteAddress = remoteAddress
        self.localAddress = localAddress
        self.overTCP = overTCP
        self.thread = thread
    }

    /// The question's name, root label included.
    public var name: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: packet + Int(nameOffset), count: Int(nameLength))
    }

    /// What `whashed` and `chashed` go by; computed at each call, since few policies ask.
    public func nameHash(perturbation: UInt32) -> UInt32 {
        CaseFolding.hash(UnsafeRawBufferPointer(name), seed: perturbation)
    }
}
