// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// The part of the scripts' world that is itself Lua: what must wait, or complain about a
/// misspelt field, at the line of the script that did it.
///
/// A host function's error is placed at its caller, which would be this text. So the `raw` functions
/// return `false` and words, and `error(words, 2)` here places them at the script's line.
enum Prelude {
    /// Names of this text in messages and tracebacks.
    static let chunkName = "[pharos]"

    @discardableResult
    static func run(_ text: String, in vm: LuaVM) throws(LuaError) -> [LuaValue] {
        let chunk = try vm.load(text, chunkName: chunkName)
        defer { vm.release(chunk) }
        return try vm.call(chunk)
    }

    /// Every VM.
    static let common = main + "\n" + steps

    private static let main = """
        local raw = __pharos
        local loadfile, ipairs, error, sub = loadfile, ipairs, error, string.sub
        local setmetatable = setmetatable
        local select, tostring, concat = select, tostring, table.concat

        -- Whatever there is can be printed: made text here, since not all of it can leave Lua.
        for _, name in ipairs{"print", "infolog", "vinfolog", "warnlog", "errlog"} do
            local log = _G[name]
            _G[name] = function(...)
                local parts = {...}
                for i = 1, select("#", ...) do parts[i] = tostring(parts[i]) end
                log(concat(parts, "\t"))
            end
        end

        -- A file that is not there is complained of at the line that named it; a mistake in it has a
        -- place of its own.
        function dofile(path)
            local chunk, message = loadfile(path)
            if chunk then return chunk() end
            if sub(message, 1, #path + 1) == path .. ":" and sub(message, #path + 2, #path + 2) ~= " " then
                error(message, 0)
            end
            if sub(message, 1, #path) ~= path then message = path .. ": " .. message end
            error("dofile: " .. message, 2)
        end
        local dofile = dofile

        function includeDirectory(path)
            local ok, files = raw.list(path)
            if not ok then error(files, 2) end
            for _, file in ipairs(files) do dofile(file) end
        end

        -- Ready-made checks, each read when it is first named.
        local load, rawset, type, shipped = load, rawset, type, raw.shipped
        checks = setmetatable({}, {
            __metatable = false,
            __index = function(all, name)
                local text, place = shipped(name)
                if not text then error(place, 2) end
                local made = load(text, place, "t")()
                rawset(all, name, type(made) == "table" and made[name] or made)
                return all[name]
            end,
        })

        -- Files in others' languages, translated to Lua whose lines are theirs.
        local function runs(translate)
            return function(argument)
                local ok, chunks = translate(argument)
                if not ok then error(chunks, 2) end
                for i = 1, #chunks, 2 do
                    local chunk, message = load(chunks[i], chunks[i + 1], "t")
                    if not chunk then error(message, 0) end
                    chunk()
                end
            end
        end
        exabgp, healthcheck = runs(raw.exabgp), runs(raw.healthcheck)
        """

    /// Control's VM: returns the runner of checks and the runner of rules.
    static let control = """
        local raw = __pharos
        __pharos = nil
        local error, setmetatable, pairs, ipairs = error, setmetatable, pairs, ipairs
        local type, rawget, lower = type, rawget, string.lower

        -- A table whose unknown fields are errors. `kind` is what the message calls it.
        local shapes = {}
        local function strict(kind, value)
            local shape = shapes[kind]
            if not shape then
                shape = {
                    __name = kind,
                    __metatable = false,
                    __index = function(_, key)
                        local problem = raw.unknown(kind, key)
                        if problem then error(problem, 2) end
                    end,
                }
                shapes[kind] = shape
            end
            return setmetatable(value, shape)
        end

        -- A table of things by name, where a name that is not there is an error.
        local function named(kind, value)
            return setmetatable(value, {
                __metatable = false,
                __index = function(_, key)
                    local names = {}
                    for name in pairs(value) do names[#names + 1] = name end
                    error(raw.absent(kind, key, names), 2)
                end,
            })
        end

        local function records(list)
            for _, record in ipairs(list) do strict("record", record) end
        end

        dns, tcp, http, exec, file, check = {}, {}, {}, {}, {}, {}

        -- Waiting is for checks; elsewhere the complaint is at the line of the script.
        local function waits(name)
            local problem = raw.refusal(name)
            if problem then error(problem, 3) end
        end

        function dns.query(question)
            waits("dns.query")
            local ok, reply = raw.query(question)
            if not ok then error(reply, 2) end
            records(reply.answers)
            records(reply.authority)
            records(reply.additional)
            if reply.edns then strict("edns", reply.edns) end
            return strict("reply", reply)
        end

        local identities = setmetatable({}, { __mode = "k" })
        local methods = {}
        function methods:read(what)
            waits("connection:read")
            local ok, data = raw.read(identities[self], what)
            if not ok then error(data, 2) end
            return data
        end
        function methods:write(data)
            waits("connection:write")
            local ok, problem = raw.write(identities[self], data)
            if not ok then error(problem, 2) end
        end
        function methods:close()
            local ok, problem = raw.close(identities[self])
            if not ok then error(problem, 2) end
        end
        local connection = {
            __name = "connection",
            __metatable = false,
            __index = function(_, key)
                local method = methods[key]
                if not method then error(raw.unknown("connection", key), 2) end
                return method
            end,
        }
        function tcp.connect(options)
            waits("tcp.connect")
            local ok, identity = raw.connect(options)
            if not ok then error(identity, 2) end
            local object = setmetatable({}, connection)
            identities[object] = identity
            return object
        end

        -- Names of headers are the same in any case (RFC 9110 §5.1); they come in small letters.
        local headers = {
            __name = "headers",
            __metatable = false,
            __index = function(all, name)
                local small = type(name) == "string" and lower(name)
                return small and small ~= name and rawget(all, small) or nil
            end,
        }
        function http.get(request)
            waits("http.get")
            local ok, response = raw.fetch(request)
            if not ok then error(response, 2) end
            setmetatable(response.headers, headers)
            return strict("response", response)
        end

        function file.exists(path)
            waits("file.exists")
            local ok, found = raw.look("exists", path)
            if not ok then error(found, 2) end
            return found
        end
        function file.age(path)
            waits("file.age")
            local ok, seconds = raw.look("age", path)
            if not ok then error(seconds, 2) end
            return seconds
        end
        function file.read(path)
            waits("file.read")
            local ok, text = raw.look("read", path)
            if not ok then error(text, 2) end
            return text
        end

        function exec.run(command)
            waits("exec.run")
            local ok, result = raw.run("exec.run", command)
            if not ok then error(result, 2) end
            return strict("result", result)
        end
        function exec.shell(command)
            waits("exec.shell")
            local ok, result = raw.run("exec.shell", command)
            if not ok then error(result, 2) end
            return strict("result", result)
        end
        function exec.check(command)
            waits("exec.check")
            local ok, result = raw.run("exec.check", command)
            if not ok then error(result, 2) end
            return strict("result", result)
        end

        function sleep(seconds)
            waits("sleep")
            local ok, problem = raw.sleep(seconds)
            if not ok then error(problem, 2) end
        end

        -- A fault of one of the functions has a place of its own.
        local function gather(name, needed, list)
            local ok, verdict, detail = raw.gather(name, needed, list)
            if not ok then error(verdict, detail and 0 or 3) end
            return verdict, detail
        end
        function check.all(list)
            waits("check.all")
            local verdict, detail = gather("check.all", nil, list)
            return verdict, detail
        end
        function check.any(list)
            waits("check.any")
            local verdict, detail = gather("check.any", 1, list)
            return verdict, detail
        end
        function check.quorum(needed, list)
            waits("check.quorum")
            if needed == nil then error("check.quorum: say how many must be up", 2) end
            local verdict, detail = gather("check.quorum", needed, list)
            return verdict, detail
        end

        local function runCheck(run, context)
            if context.previous then strict("previous", context.previous) end
            return run(strict("ctx", context))
        end

        local function pool(view)
            local servers = view.servers
            view.servers = nil
            function view.count(_, filter)
                local ok, problem = raw.filter(filter)
                if not ok then error(problem, 2) end
                local count = 0
                for _, server in ipairs(servers) do
                    if server.up and (filter == nil or
                        (filter.order == nil or filter.order == server.order) and
                        (filter.name == nil or filter.name == server.name)) then
                        count = count + 1
                    end
                end
                return count
            end
            return strict("pool", view)
        end

        local function runRule(rule, node)
            for _, view in pairs(node.checks) do
                for _, target in pairs(view.targets) do strict("target", target) end
                named("target", view.targets)
                strict("check", view)
            end
            for _, view in pairs(node.pools) do pool(view) end
            for _, view in pairs(node.neighbors) do strict("neighbor", view) end
            for _, view in pairs(node.routes) do
                for _, path in ipairs(view.paths) do strict("path", path) end
                strict("route", view)
            end
            named("check", node.checks)
            named("pool", node.pools)
            named("neighbor", node.neighbors)
            named("route", node.routes)
            return rule(strict("node", node))
        end

        local function runCallback(callback, change)
            return callback(strict("change", change))
        end

        \(visits)

        return runCheck, runRule, runCallback, runVisitor
        """
}
