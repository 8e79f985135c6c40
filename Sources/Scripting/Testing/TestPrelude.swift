// SPDX-License-Identifier: Apache-2.0

/// The part of the tests' world that is itself Lua: assertions with readable differences, and the
/// calls whose complaints belong to the line of the test that made them.
enum TestPrelude {
    static let source = """
        local raw = __test
        __test = nil
        local error, type, pairs, ipairs, tostring = error, type, pairs, ipairs, tostring
        local getmetatable, setmetatable, pcall, rawequal = getmetatable, setmetatable, pcall, rawequal
        local format, concat, sort, find = string.format, table.concat, table.sort, string.find

        -- What a person reads: texts in quotes, tables by their fields, both bounded.
        local function show(value, depth)
            local kind = type(value)
            if kind == "string" then
                return #value > 200 and format("%q…", value:sub(1, 200)) or format("%q", value)
            end
            if kind ~= "table" or getmetatable(value) ~= nil then return tostring(value) end
            if depth > 3 then return "{…}" end
            local parts, shown = {}, 0
            for index, item in ipairs(value) do
                shown = index
                parts[#parts + 1] = show(item, depth + 1)
                if index == 16 then break end
            end
            local names = {}
            for key in pairs(value) do
                if type(key) ~= "number" or key < 1 or key > shown or key % 1 ~= 0 then
                    names[#names + 1] = key
                end
            end
            sort(names, function(a, b) return tostring(a) < tostring(b) end)
            for index, key in ipairs(names) do
                if index > 16 then parts[#parts + 1] = "…" break end
                local name = type(key) == "string" and key or "[" .. show(key, depth + 1) .. "]"
                parts[#parts + 1] = name .. " = " .. show(value[key], depth + 1)
            end
            return "{" .. concat(parts, ", ") .. "}"
        end

        -- The lines that tell two values apart, each with the path to what differs.
        local function compare(actual, wanted, path, lines, depth)
            if rawequal(actual, wanted) or actual == wanted then return end
            local tables = type(actual) == "table" and type(wanted) == "table"
                and getmetatable(wanted) == nil and depth < 8
            if not tables then
                lines[#lines + 1] = path .. ": expected " .. show(wanted, 0) .. ", got " .. show(actual, 0)
                return
            end
            local keys, seen = {}, {}
            for key in pairs(wanted) do keys[#keys + 1] = key seen[key] = true end
            -- Fields of a strict table that nobody expected are not looked for.
            if getmetatable(actual) == nil then
                for key in pairs(actual) do if not seen[key] then keys[#keys + 1] = key end end
            end
            sort(keys, function(a, b) return tostring(a) < tostring(b) end)
            for _, key in ipairs(keys) do
                if #lines >= 8 then lines[#lines + 1] = "…" return end
                local name = type(key) == "string" and "." .. key or "[" .. tostring(key) .. "]"
                compare(actual[key], wanted[key], path .. name, lines, depth + 1)
            end
        end

        local assertions = {}
        expect = setmetatable(assertions, {
            __name = "expect",
            __metatable = false,
            __call = function(_, actual, wanted, what)
                local lines = {}
                compare(actual, wanted, what or "value", lines, 0)
                if #lines > 0 then error(concat(lines, "\\n"), 2) end
            end,
            __index = function(_, key)
                error("there is no expect." .. tostring(key)
                    .. "; there are expect(actual, wanted), expect.near, expect.raises,"
                    .. " expect.matches and expect.yes", 2)
            end,
        })

        function assertions.yes(value, what)
            if not value then error((what or "value") .. ": expected yes, got " .. show(value, 0), 2) end
        end

        function assertions.near(actual, wanted, tolerance, what)
            if type(actual) == "number" and actual >= wanted - tolerance and actual <= wanted + tolerance then
                return
            end
            error(format("%s: expected %s, give or take %s, got %s", what or "value", tostring(wanted),
                tostring(tolerance), show(actual, 0)), 2)
        end

        function assertions.matches(actual, words, what)
            if type(actual) == "string" and find(actual, words, 1, true) then return end
            error(format("%s: expected a text with %q in it, got %s", what or "value", words, show(actual, 0)), 2)
        end

        function assertions.raises(body, words)
            local ok, message = pcall(body)
            if ok then error("expected an error, got none", 2) end
            if words and not find(tostring(message), words, 1, true) then
                error(format("expected an error with %q in it, got %s", words, show(message, 0)), 2)
            end
        end

        local function strict(kind, value)
            return setmetatable(value, {
                __name = kind,
                __metatable = false,
                __index = function(_, key) error(kind .. " has no field '" .. tostring(key) .. "'", 2) end,
            })
        end

        function run(check, options)
            local ok, result = raw.run(check, options)
            if not ok then error(result, 2) end
            return strict("a run", result)
        end

        function decide(rule, view)
            local ok, result = raw.decide(rule, view)
            if not ok then error(result, 2) end
            return strict("a decision", result)
        end

        function watch(check, options)
            local ok, identity = raw.watch(check, options)
            if not ok then error(identity, 2) end
            return setmetatable({}, {
                __name = "watch",
                __metatable = false,
                __index = function(_, key)
                    local good, value = raw.watched(identity, tostring(key))
                    if not good then error(value, 2) end
                    return value
                end,
            })
        end

        function advance(seconds)
            local ok, problem = raw.advance(seconds)
            if not ok then error(problem, 2) end
        end

        local kinds = { dns = true, tcp = true, http = true, exec = true, file = true }
        fake = setmetatable({}, {
            __name = "fake",
            __metatable = false,
            __index = function(_, kind)
                if not kinds[kind] then
                    error("there is no fake." .. tostring(kind) .. "; there are dns, tcp, http, exec and file", 2)
                end
                return function(answer) raw.fake(kind, answer) end
            end,
        })

        function __nothing() end
        """
}
