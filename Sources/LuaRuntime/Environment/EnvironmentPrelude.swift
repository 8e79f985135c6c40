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
            if string.sub(text, 1, 1) == "#" then
                text = "--" .. text
            end
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

        -- Commands
        function io.popen(command, mode)
            if not isReading(mode) then error("io.popen: only reading is available", 2) end
            return host.popen(command)
        end

        function os.execute(command)
            if command == nil then return true end
            return host.execute(command)
        end

        function os.exit() error("os.exit would end the daemon", 2) end
        os.remove, os.rename, os.setlocale, os.tmpname = host.remove, host.rename, nil, nil

        -- Clock and chance
        local timeOf, dateOf, seed = os.time, os.date, math.randomseed
        os.getenv, os.clock = host.getenv, host.clock

        function os.time(fields)
            if fields == nil then return host.time() end
            return timeOf(fields)
        end

        function os.date(format, time)
            if time == nil then time = host.time() end
            return dateOf(format, time)
        end

        function math.randomseed(...)
            if select("#", ...) == 0 then return seed(host.seed()) end
            return seed(...)
        end

        return function(number) seed(number) end
        """
}
