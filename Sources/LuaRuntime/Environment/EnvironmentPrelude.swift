// SPDX-License-Identifier: Apache-2.0

/// Is the Lua text that routes the library's questions to the system through the host.
enum EnvironmentPrelude {
    static let chunkName = "[pharos]"
    /// The global that carries the host functions to the prelude, which removes it.
    static let hostTable = "pharosEnvironment"

    static let source = """
        local host = \(hostTable)
        \(hostTable) = nil
        local load, error, tostring, type, select = load, error, tostring, type, select
        local ipairs, concat = ipairs, table.concat
        local io, os, math, package, string = io, os, math, package, string

        -- Files
        local openForWriting, linesOfInput = io.open, io.lines
        local setInput, setOutput, stdout = io.input, io.output, io.stdout

        local function isReading(mode) return mode == nil or mode == "r" or mode == "rb" end

        function io.open(path, mode)
            if isReading(mode) then return host.open(path) end
            return openForWriting(host.writable(path), mode)
        end

        function io.lines(path, ...)
            if path == nil then return linesOfInput(nil, ...) end
            local file, message = io.open(path)
            if not file then error(message, 2) end
            local line = file:lines(...)
            local function passOn(first, ...)
                if first == nil then file:close() end
                return first, ...
            end
            return function() return passOn(line()) end
        end

        local function redirect(set, mode)
            return function(file)
                if type(file) == "string" then
                    local opened, message = io.open(file, mode)
                    if not opened then error(message, 2) end
                    file = opened
                end
                if file == nil then return set() end
                return set(file)
            end
        end
        io.input, io.output = redirect(setInput, "r"), redirect(setOutput, "w")

        function io.write(...)
            local output = setOutput()
            if output ~= stdout then return output:write(...) end
            local parts = {...}
            for i, part in ipairs(parts) do parts[i] = tostring(part) end
            host.print(concat(parts))
            return output
        end

        function print(...)
            local parts = {}
            for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
            host.print(concat(parts, "\\t") .. "\\n")
        end

        -- Source files
        function loadfile(path, mode, ...)
            if path == nil then error("loadfile: the standard input is not available", 2) end
            local text, message = host.read(path)
            if not text then return nil, message end
            return load(text, "@" .. path, "t", ...)
        end

        function dofile(path)
            local chunk, message = loadfile(path)
            if not chunk then error(message, 0) end
            return chunk()
        end

        local function fill(template, name)
            local at = string.find(template, "?", 1, true)
            if not at then return template end
            return string.sub(template, 1, at - 1) .. name
                .. fill(string.sub(template, at + 1), name)
        end

        package.searchers[2] = function(name)
            local tried = {}
            local file = string.gsub(name, "%.", "/")
            for template in string.gmatch(package.path, "[^;]+") do
                local path = fill(template, file)
                local text = host.read(path)
                if text then
                    local chunk, message = load(text, "@" .. path, "t")
                    if not chunk then error(message, 0) end
                    return chunk, path
                end
                tried[#tried + 1] = "\\n\\tno file '" .. path .. "'"
            end
            return concat(tried)
        end
        package.loadlib, package.searchpath = nil, nil

        -- Modules in C could not be stopped, and would block what must not be blocked.
        local compiled = {
            ffi = "it is LuaJIT's; functions of LuaAction and setServerPolicyLua take no lock here",
            jit = "it is LuaJIT's; this is Lua 5.4",
            socket = "use tcp.connect or dns.query in a check",
            ssl = "use http.get in a check",
            lfs = "use includeDirectory, io.open or io.popen",
            posix = "use os and io while the file loads, exec.run in a check",
            cjson = "use a module that is written in Lua",
            redis = "look things up in a check and keep them in shared",
            luasql = "look things up in a check and keep them in shared",
            lsqlite3 = "look things up in a check and keep them in shared",
        }
        package.searchers[3] = function(name)
            local instead = compiled[string.match(name, "^[^.]*")]
            if instead then
                error("require: '" .. name .. "' is compiled code, which is not loaded here; "
                    .. instead, 0)
            end
            return "\\n\\t(modules in C are not loaded here)"
        end
        package.searchers[4] = nil

        -- Commands
        function io.popen(command, mode)
            if not isReading(mode) then error("io.popen: only reading is available", 2) end
            return host.popen(command)
        end

        function os.execute(command)
            if command == nil then return 1 end
            return host.execute(command)
        end

        function os.exit() error("os.exit would end the daemon", 2) end
        os.remove, os.rename, os.setlocale, os.tmpname = host.remove, host.rename, nil, nil

        -- Clock and chance
        local timeOf, dateOf, seed = os.time, os.date, math.randomseed
        os.getenv, os.clock = host.getenv, host.clock

        -- Fractions are cut off, as Lua 5.1 does.
        local function whole(number)
            if math.type(number) ~= "float" then return number end
            return math.tointeger(number < 0 and math.ceil(number) or math.floor(number)) or number
        end

        function os.time(fields)
            if fields == nil then return host.time() end
            for _, name in ipairs{"year", "month", "day", "hour", "min", "sec"} do
                local value = fields[name]
                if math.type(value) == "float" then fields[name] = whole(value) end
            end
            return timeOf(fields)
        end

        function os.date(format, time)
            if time == nil then time = host.time() end
            return dateOf(format, whole(time))
        end

        function math.randomseed(...)
            if select("#", ...) == 0 then return seed(host.seed()) end
            return seed(...)
        end

        -- What else Lua 5.1 had
        loadstring = load
        function gcinfo() return collectgarbage("count") end
        function table.foreach(list, visit)
            for key, value in pairs(list) do
                local result = visit(key, value)
                if result ~= nil then return result end
            end
        end
        function table.foreachi(list, visit)
            for i = 1, #list do
                local result = visit(i, list[i])
                if result ~= nil then return result end
            end
        end

        return function(number) seed(number) end
        """
}
