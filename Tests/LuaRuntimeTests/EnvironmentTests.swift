// SPDX-License-Identifier: Apache-2.0

import Glibc
import LuaRuntime
import Testing

/// Would catch an evaluation that differs from the one that was recorded, runs a command twice, or
/// blocks a thread that must not wait.
@Suite struct EnvironmentTests {
    static let source = """
        local lines = {}
        for line in io.lines(directory .. "/list") do lines[#lines + 1] = line end
        local f = assert(io.open(directory .. "/list", "r"))
        local first, rest = f:read("l"), f:read("a")
        assert(f:close())
        local p = io.popen("echo $$; exit 3")
        local pid = p:read("n")
        local ok, how, code = p:close()
        dofile(directory .. "/part.lua")
        package.path = directory .. "/?.lua"
        local module, where = require("module")
        local missing, message = io.open(directory .. "/none")
        local out = assert(io.open(directory .. "/out", "a")) out:write("x") out:close()
        return {
            #lines, first, rest, pid, ok == nil, how, code, part, module.value, where, missing, message,
            os.getenv("PHAROS_TEST"), os.time(), os.clock(), os.date("%Y-%m-%d %H:%M:%S"),
            math.random(1 << 40), (os.execute("echo ran >> " .. directory .. "/ran; exit 2")),
            select(3, os.execute("exit 2")), os.time{year = 2020, month = 1, day = 1, hour = 12},
        }
        """

    final class Folder {
        let path: String

        init() {
            var template = Array("/tmp/pharos-lua-XXXXXX".utf8CString)
            path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
        }

        func write(_ name: String, _ text: String) {
            let file = fopen("\(path)/\(name)", "w")
            fputs(text, file)
            fclose(file)
        }

        func read(_ name: String) -> String {
            guard case .bytes(let bytes)? = try? EnvironmentHooks.system.readFile("\(path)/\(name)")
            else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }

        deinit {
            for name in ["list", "part.lua", "module.lua", "out", "ran"] {
                unlink("\(path)/\(name)")
            }
            rmdir(path)
        }
    }

    private func folder() -> Folder {
        let folder = Folder()
        folder.write("list", "one\ntwo\nthree\n")
        folder.write("part.lua", "#!/usr/bin/lua\npart = 'part'")
        folder.write("module.lua", "return {value = 'module'}")
        return folder
    }

    private func evaluate(_ hooks: EnvironmentHooks, _ folder: Folder) throws -> LuaValue? {
        let vm = try makeVM()
        vm.environment = hooks
        try vm.set("directory", .text(folder.path))
        return try vm.run(Self.source).first
    }

    @Test func aReplayTellsTheSameAndDoesNothing() throws {
        let folder = folder()
        let journal = EnvironmentJournal()
        let first = try evaluate(journal.recorder, folder)
        guard case .table(let table)? = first else {
            Issue.record("no table")
            return
        }
        #expect(table.array.prefix(3) == [3, "one", "two\nthree\n"])
        #expect(table.array[4...8] == [.boolean(true), "exit", 3, "part", "module"])
        #expect(table.array[11].text == "\(folder.path)/none: No such file or directory")
        #expect(table.array[18] == 2)
        // The world changes; two replays notice nothing of it.
        folder.write("list", "changed")
        folder.write("part.lua", "part = 'other'")
        setenv("PHAROS_TEST", "changed", 1)
        #expect(try evaluate(journal.replay(), folder) == first)
        #expect(try evaluate(journal.replay(), folder) == first)
        #expect(folder.read("ran") == "ran\n")
        #expect(folder.read("out") == "x")
    }

    @Test func aReplayThatAsksSomethingElseIsAnError() throws {
        let journal = EnvironmentJournal()
        let vm = try makeVM()
        vm.environment = journal.recorder
        try vm.run("return os.getenv('A'), os.time()")
        vm.environment = journal.replay()
        #expect(
            vm.failure("return os.getenv('B')")?.message
                == "os.getenv B: the configuration asked for this in one evaluation and not in the "
                + "first; it must do the same in each")
        #expect(vm.failure("return os.time(), os.time()")?.kind == .runtime)
    }

    @Test func seedsAgree() throws {
        let journal = EnvironmentJournal()
        let source =
            "local a = math.random(1 << 50) math.randomseed() return a, math.random(1 << 50)"
        let vm = try makeVM()
        vm.environment = journal.recorder
        let first = try vm.run(source)
        vm.environment = journal.replay()
        #expect(try vm.run(source) == first)
    }

    @Test(arguments: [LuaVM.Phase.check, .rule, .policy])
    func blockingCallsSayWhatToUse(_ phase: LuaVM.Phase) throws {
        let vm = try makeVM()
        vm.phase = phase
        #expect(
            vm.failure("os.execute('true')")?.message
                == "os.execute blocks; use exec.run in a check")
        #expect(
            vm.failure("io.popen('true')")?.message == "io.popen blocks; use exec.run in a check")
    }

    @Test func policiesReadNoFilesButTheClock() throws {
        let vm = try makeVM()
        vm.environment = EnvironmentJournal().replay()
        vm.phase = .policy
        #expect(
            vm.failure("io.open('/etc/hostname')")?.message
                == "io.open blocks: read the file at load time")
        // Replays are for loading: what runs later sees the real clock.
        guard case .integer(let time)? = try vm.run("return os.time()").first else {
            Issue.record("no time")
            return
        }
        #expect(time > 1_700_000_000)
    }

    @Test func printGoesToTheHost() throws {
        let vm = try makeVM()
        var printed: [UInt8] = []
        vm.environment.print = { printed += $0 }
        try vm.run("print('a', 1, nil) io.write('b', 2.5, '\\n')")
        #expect(String(decoding: printed, as: UTF8.self) == "a\t1\tnil\nb2.5\n")
    }

    @Test func errorsInFilesNameThem() throws {
        let folder = folder()
        folder.write("part.lua", "\n\nx = = 1")
        let vm = try makeVM()
        try vm.set("directory", .text(folder.path))
        #expect(
            vm.failure("dofile(directory .. '/part.lua')")?.description
                == "\(folder.path)/part.lua:3: unexpected symbol near '='")
        folder.write("part.lua", "\n\nerror('in part')")
        let error = vm.failure("dofile(directory .. '/part.lua')")
        #expect(error?.description == "\(folder.path)/part.lua:3: in part")
        #expect(
            vm.failure("dofile('/none.lua')")?.message == "/none.lua: No such file or directory")
        #expect(vm.failure("require('nothing')")?.message.contains("no file") == true)
    }
}
