// SPDX-License-Identifier: Apache-2.0

import CLua

extension LuaVM {
    /// Loading is recorded and replayed; what runs later asks `runtimeEnvironment`.
    private var hooks: EnvironmentHooks { phase == .load ? environment : runtimeEnvironment }

    /// Replaces what the library asks of the system by host functions, and runs the prelude over
    /// them.
    func openEnvironment() throws(LuaError) {
        try defineClock()
        try defineFiles()
        try defineCommands()
        try runPrelude(EnvironmentPrelude.source, chunkName: EnvironmentPrelude.chunkName)
    }

    /// Runs Lua text of ours at set-up: the environment's now; the place for dialects' later.
    func runPrelude(_ source: String, chunkName: String) throws(LuaError) {
        let prelude = try load(source, chunkName: chunkName)
        defer { release(prelude) }
        let results = try call(prelude)
        if case .function(let seed)? = results.first { seedFunction = seed }
    }

    /// Seeds math.random for an evaluation, once after `environment` was replaced.
    func seedIfNeeded() throws(LuaError) {
        guard needsSeed, phase == .load else { return }
        needsSeed = false
        try seed(from: environment)
    }

    /// Seeds math.random from `source`.
    func seed(from source: EnvironmentHooks) throws(LuaError) {
        guard let seedFunction else { return }
        let seed: Int64
        do throws(EnvironmentError) {
            seed = try source.randomSeed()
        } catch {
            throw LuaError(kind: .runtime, message: error.description)
        }
        _ = try call(seedFunction, [.integer(seed)])
    }

    // MARK: Host functions that the prelude takes and hides

    private func host(_ name: String, _ body: @escaping HostBody) throws(LuaError) {
        try define("\(EnvironmentPrelude.hostTable).\(name)") { call in
            do throws(EnvironmentError) {
                try body(&call)
                return .returned
            } catch {
                return .raised(error.description)
            }
        }
    }

    private typealias HostBody = (inout HostCall) throws(EnvironmentError) -> Void

    private func defineClock() throws(LuaError) {
        try host("time") { [unowned self] call throws(EnvironmentError) in
            call.results = [.integer(try hooks.time())]
        }
        try host("clock") { [unowned self] call throws(EnvironmentError) in
            call.results = [.number(try hooks.clock())]
        }
        try host("seed") { [unowned self] call throws(EnvironmentError) in
            call.results = [.integer(try hooks.randomSeed())]
        }
        try host("getenv") { [unowned self] call throws(EnvironmentError) in
            let value = try hooks.getenv(call.path(0, "os.getenv"))
            call.results = [value.map(LuaValue.text) ?? .nil]
        }
        try host("print") { [unowned self] call throws(EnvironmentError) in
            if case .string(let text) = call[0] { hooks.print(text.bytes) }
        }
    }

    private func defineFiles() throws(LuaError) {
        try host("open") { [unowned self] call throws(EnvironmentError) in
            try refuse(in: .policy, "io.open blocks: read the file at load time")
            switch try hooks.readFile(call.path(0, "io.open")) {
            case .bytes(let bytes): call.fileResult = HostCall.File(bytes: bytes)
            case .failure(let message, let code):
                call.results = [.nil, .text(message), .integer(Int64(code))]
            }
        }
        try host("read") { [unowned self] call throws(EnvironmentError) in
            try refuse(in: .policy, "reading a file blocks: read it at load time")
            switch try hooks.readFile(call.path(0, "loadfile")) {
            case .bytes(let bytes):
                call.results = [.string(LuaString(bytes: LuaSource.text(of: bytes)))]
            case .failure(let message, _): call.results = [.nil, .text(message)]
            }
        }
        try host("writable") { [unowned self] call throws(EnvironmentError) in
            try refuse(in: .policy, "io.open blocks: write files at load time")
            call.results = [.text(try hooks.writablePath(call.path(0, "io.open")))]
        }
        try host("remove") { [unowned self] call throws(EnvironmentError) in
            call.results = values(try hooks.remove(call.path(0, "os.remove")))
        }
        try host("rename") { [unowned self] call throws(EnvironmentError) in
            call.results = values(
                try hooks.rename(call.path(0, "os.rename"), call.path(1, "os.rename")))
        }
    }

    private func defineCommands() throws(LuaError) {
        try host("popen") { [unowned self] call throws(EnvironmentError) in
            try refuseOutsideLoad("io.popen")
            let output = try hooks.popen(call.path(0, "io.popen"))
            call.fileResult = HostCall.File(bytes: output.bytes, waitStatus: output.waitStatus)
        }
        try host("execute") { [unowned self] call throws(EnvironmentError) in
            try refuseOutsideLoad("os.execute")
            let status = try hooks.execute(call.path(0, "os.execute"))
            // wait(2): the low seven bits are the signal, the next byte the exit status.
            let signal = status & 0x7F
            let code = signal == 0 ? (status >> 8) & 0xFF : signal
            // The first is Lua 5.1's only result, what follows is Lua 5.4's.
            call.results = [
                .integer(Int64(status)), signal == 0 ? "exit" : "signal", .integer(Int64(code)),
            ]
        }
    }

    private func refuseOutsideLoad(_ name: String) throws(EnvironmentError) {
        if phase == .load { return }
        throw EnvironmentError("\(name) blocks; use exec.run in a check")
    }

    private func refuse(in refused: Phase, _ message: String) throws(EnvironmentError) {
        if phase == refused { throw EnvironmentError(message) }
    }

    private func values(_ change: EnvironmentHooks.FileChange) -> [LuaValue] {
        switch change {
        case .done: [.boolean(true)]
        case .failure(let message, let code): [.nil, .text(message), .integer(Int64(code))]
        }
    }
}

extension HostCall {
    fileprivate func path(_ index: Int, _ name: String) throws(EnvironmentError) -> String {
        guard let text = self[index].text else {
            throw EnvironmentError(
                "\(name): argument \(index + 1) must be a string, not a \(self[index].typeName)")
        }
        return text
    }
}
