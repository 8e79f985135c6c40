// SPDX-License-Identifier: Apache-2.0

import Addressing
import CLinux
import Declarations
import Glibc

/// Opens the UDP sockets of listeners. Errors name the endpoint and the step.
enum ListenerSockets {
    /// Binds without SO_REUSEPORT and lets go again: with it, a port that another process of the
    /// same user has would be shared silently.
    static func probe(_ declaration: ListenerDeclaration) throws(PlaneError) {
        let descriptor = try open(declaration, sharesPort: false, receiveBufferBytes: nil)
        close(descriptor)
    }

    /// Whether an interface of this host has the address.
    static func isOnThisHost(_ declaration: ListenerDeclaration) -> Bool {
        var endpoint = declaration.endpoint
        guard !endpoint.address.isUnspecified else { return true }
        endpoint.port = 0
        let descriptor = clinux_socket_datagram(family(endpoint))
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        return bind(descriptor, endpoint) != EADDRNOTAVAIL
    }

    /// One socket for each worker. With port 0 the first one's port is the others': it is bound without
    /// SO_REUSEPORT, with which the kernel may choose a port that another listener of ours has.
    static func open(
        _ declaration: ListenerDeclaration, workers: Int, receiveBufferBytes: Int
    ) throws(PlaneError) -> (endpoint: Endpoint, descriptors: [Int32]) {
        var declaration = declaration
        var descriptors: [Int32] = []
        do throws(PlaneError) {
            for _ in 0..<workers {
                let isChosen = declaration.endpoint.port == 0
                let descriptor = try open(
                    declaration, sharesPort: !isChosen, receiveBufferBytes: receiveBufferBytes)
                descriptors.append(descriptor)
                guard isChosen else { continue }
                declaration.endpoint.port = try port(of: descriptor, declaration.endpoint)
                try sharePort(descriptor, declaration.endpoint)
            }
        } catch {
            descriptors.forEach { close($0) }
            throw error
        }
        return (declaration.endpoint, descriptors)
    }

    private static func open(
        _ declaration: ListenerDeclaration, sharesPort: Bool, receiveBufferBytes: Int?
    ) throws(PlaneError) -> Int32 {
        let endpoint = declaration.endpoint
        let family = family(endpoint)
        let descriptor = clinux_socket_datagram(family)
        guard descriptor >= 0 else {
            throw .listener(endpoint, step: "socket", errno: -descriptor)
        }
        do throws(PlaneError) {
            try prepare(descriptor, declaration, family, sharesPort: sharesPort)
            if let receiveBufferBytes {
                // The kernel gives as much as `rmem_max` lets it.
                _ = clinux_set_receive_buffer(descriptor, Int32(receiveBufferBytes))
            }
            switch bind(descriptor, endpoint) {
            case 0: return descriptor
            case EADDRINUSE: throw PlaneError.addressInUse(endpoint)
            case let code: throw PlaneError.listener(endpoint, step: "bind", errno: code)
            }
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func prepare(
        _ descriptor: Int32, _ declaration: ListenerDeclaration, _ family: Int32, sharesPort: Bool
    ) throws(PlaneError) {
        let endpoint = declaration.endpoint
        func check(_ result: Int32, _ step: String) throws(PlaneError) {
            if result < 0 { throw .listener(endpoint, step: step, errno: -result) }
        }
        if sharesPort { try sharePort(descriptor, endpoint) }
        try check(clinux_set_free_bind(descriptor, family), "IP_FREEBIND")
        if family == AF_INET6 { try check(clinux_set_v6_only(descriptor), "IPV6_V6ONLY") }
        try check(clinux_set_ignore_path_mtu(descriptor, family), "IP_MTU_DISCOVER")
        if endpoint.address.isUnspecified {
            try check(clinux_set_packet_information(descriptor, family), "IP_PKTINFO")
        }
        if let interface = declaration.interface {
            guard if_nametoindex(interface) != 0 else {
                throw .noSuchInterface(endpoint, interface: interface)
            }
            try check(clinux_bind_to_device(descriptor, interface), "SO_BINDTODEVICE")
        }
    }

    private static func sharePort(
        _ descriptor: Int32, _ endpoint: Endpoint
    ) throws(PlaneError) {
        let result = clinux_set_reuse_port(descriptor, true)
        if result < 0 { throw .listener(endpoint, step: "SO_REUSEPORT", errno: -result) }
    }

    private static func family(_ endpoint: Endpoint) -> Int32 {
        endpoint.address.family == .v6 ? AF_INET6 : AF_INET
    }

    /// 0 or the errno.
    private static func bind(_ descriptor: Int32, _ endpoint: Endpoint) -> Int32 {
        var address = endpoint.socketAddress
        return withUnsafePointer(to: &address.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, address.length) == 0 ? 0 : errno
            }
        }
    }

    private static func port(
        of descriptor: Int32, _ endpoint: Endpoint
    ) throws(PlaneError) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0, let bound = Endpoint(socketAddress: storage) else {
            throw .listener(endpoint, step: "getsockname", errno: errno)
        }
        return bound.port
    }
}
