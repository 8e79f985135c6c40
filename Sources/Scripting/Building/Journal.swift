// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Glibc
import LuaRuntime

/// What control's evaluation was told by the world, so that the plane's are told the same.
///
/// One build, one thread.
final class Journal {
    private let folder: String
    private let environment: EnvironmentJournal
    private let opened: OpenedFiles
    private var folders: [String: [String]?] = [:]
    private var addressesByHost: [String: [IPAddress]] = [:]

    /// In order of the first read.
    var filesRead: [String] { opened.paths }

    /// - Parameters:
    ///   - folder: the configuration's: where relative paths are looked for after the working
    ///     directory.
    ///   - executesCommands: whether `os.execute` really runs commands, and files are changed.
    init(folder: String, executesCommands: Bool, log: @escaping (ScriptLogLine) -> Void) {
        self.folder = folder
        let opened = OpenedFiles()
        self.opened = opened
        environment = EnvironmentJournal(
            recording: Self.source(folder, opened, executesCommands, log))
    }

    /// A number for everything that was read, looked up and answered so far.
    var digest: Int {
        var hasher = Hasher()
        hasher.combine(environment.digest)
        hasher.combine(folders)
        hasher.combine(addressesByHost)
        return hasher.finalize()
    }

    /// What a command printed when it was last run.
    func output(of command: String) -> EnvironmentHooks.CommandOutput? { opened.outputs[command] }

    /// The bytes of a file that was read, as it is now; no answer for any evaluation.
    func text(of path: String) -> [UInt8]? {
        for place in [path, "\(folder)/\(path)"] {
            if case .bytes(let bytes)? = try? EnvironmentHooks.system.readFile(place) {
                return bytes
            }
        }
        return nil
    }

    /// For control's evaluation.
    var recordingHooks: EnvironmentHooks { environment.recorder }

    /// For one evaluation in a plane's VM, from the beginning.
    func replayingHooks() -> EnvironmentHooks { environment.replay() }

    /// For what control's scripts do after the evaluation.
    static func runtimeHooks(log: @escaping (ScriptLogLine) -> Void) -> EnvironmentHooks {
        var hooks = EnvironmentHooks.system
        hooks.print = printer(log)
        return hooks
    }

    private static func source(
        _ folder: String, _ opened: OpenedFiles, _ executesCommands: Bool,
        _ log: @escaping (ScriptLogLine) -> Void
    ) -> EnvironmentHooks {
        var hooks = EnvironmentHooks.system
        let readFile = hooks.readFile
        hooks.readFile = { path throws(EnvironmentError) in
            let result = try readFile(path)
            opened.note(path, result)
            // A path beside the configuration works from any working directory.
            guard case .failure(_, ENOENT) = result, !path.hasPrefix("/") else { return result }
            let beside = try readFile("\(folder)/\(path)")
            opened.note("\(folder)/\(path)", beside)
            guard case .bytes = beside else { return result }
            return beside
        }
        hooks.print = printer(log)
        let popen = hooks.popen
        hooks.popen = { command throws(EnvironmentError) in
            let output = try popen(command)
            opened.outputs[command] = output
            return output
        }
        guard !executesCommands else { return hooks }
        hooks.execute = { _ in 0 }
        hooks.remove = { _ in .done }
        hooks.rename = { _, _ in .done }
        hooks.writablePath = { _ in "/dev/null" }
        return hooks
    }

    private static func printer(_ log: @escaping (ScriptLogLine) -> Void) -> ([UInt8]) -> Void {
        { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            for line in text.split(whereSeparator: \.isNewline) {
                log(ScriptLogLine(priority: .info, text: String(line), location: nil))
            }
        }
    }

    // MARK: Folders

    /// The `.conf` files of a folder in order of their names, as dnsdist includes them; `nil` when
    /// it cannot be read. Looked at once.
    func listing(of path: String) -> [String]? {
        if let known = folders[path] { return known }
        var place = path
        var names = Self.names(in: path)
        if names == nil, !path.hasPrefix("/") {
            place = "\(folder)/\(path)"
            names = Self.names(in: place)
        }
        let found = names?.filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { place.hasSuffix("/") ? place + $0 : "\(place)/\($0)" }
        folders[path] = found
        return found
    }

    // MARK: Hosts

    /// What the system's resolver says of a host, asked once; empty when it says nothing. It may
    /// take as long as the resolver does.
    func addresses(of host: String) -> [IPAddress] {
        if let known = addressesByHost[host] { return known }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        var found: [IPAddress] = []
        if getaddrinfo(host, nil, &hints, &list) == 0 {
            var next = list
            while let entry = next {
                if let address = entry.pointee.ai_addr.flatMap({ Self.address($0.pointee, $0) }),
                    !found.contains(address)
                {
                    found.append(address)
                }
                next = entry.pointee.ai_next
            }
            freeaddrinfo(list)
        }
        addressesByHost[host] = found
        return found
    }

    private static func address(
        _ header: sockaddr, _ pointer: UnsafeMutablePointer<sockaddr>
    ) -> IPAddress? {
        let raw = UnsafeRawPointer(pointer)
        switch Int32(header.sa_family) {
        case AF_INET:
            let four = raw.loadUnaligned(as: sockaddr_in.self)
            return withUnsafeBytes(of: four.sin_addr) { IPAddress(bytes: Array($0)) }
        case AF_INET6:
            // Only as much of it as an IPv6 address has is behind the pointer.
            let six = raw.loadUnaligned(as: sockaddr_in6.self)
            return withUnsafeBytes(of: six.sin6_addr) { IPAddress(bytes: Array($0)) }
        default: return nil
        }
    }

    private static func names(in path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }
}

/// The files that were read, in order of the first read, and what commands printed.
private final class OpenedFiles {
    private(set) var paths: [String] = []
    var outputs: [String: EnvironmentHooks.CommandOutput] = [:]

    func note(_ path: String, _ result: EnvironmentHooks.FileRead) {
        guard case .bytes = result, !paths.contains(path) else { return }
        paths.append(path)
    }
}
