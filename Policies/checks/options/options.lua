-- SPDX-License-Identifier: Apache-2.0
--
-- Reads the table of options of a check that is made for others to use: says which option is wrong, at
-- the line that gave it, and which one was probably meant.

-- Insertions, deletions, replacements and swaps of neighbours between two words.
local function distance(a, b)
    local before, last = nil, {}
    for j = 0, #b do last[j] = j end
    for i = 1, #a do
        local row = { [0] = i }
        for j = 1, #b do
            local same = a:byte(i) == b:byte(j)
            row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
            if before and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
                row[j] = math.min(row[j], before[j - 2] + 1)
            end
        end
        before, last = last, row
    end
    return last[#b]
end

-- The known word that is nearest to `word`, when it may have been meant.
local function nearest(word, known)
    local best, edits = nil, math.min(3, math.max(1, #word // 3)) + 1
    for _, candidate in ipairs(known) do
        local d = distance(word:lower(), candidate:lower())
        if d < edits then best, edits = candidate, d end
    end
    return best
end

local function sorted(all)
    local names = {}
    for name in pairs(all) do names[#names + 1] = name end
    table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
    return names
end

local function words(value)
    if type(value) == "string" then return "'" .. value .. "'" end
    if type(value) == "number" then return "the number " .. value end
    if type(value) == "table" or type(value) == "function" then return "a " .. type(value) end
    return tostring(value)
end

-- What an option may be, by the word for it.
local kinds = {
    text = { "text", function(v) return type(v) == "string" and v ~= "" end },
    boolean = { "true or false", function(v) return type(v) == "boolean" end },
    ["function"] = { "a function", function(v) return type(v) == "function" end },
    table = { "a table", function(v) return type(v) == "table" end },
    number = { "a number", function(v) return tonumber(v) ~= nil end },
    count = {
        "a whole number from 0 on",
        function(v) return math.tointeger(tonumber(v)) ~= nil and tonumber(v) >= 0 end,
    },
    -- Passed on to a call, which reads it; here only what is certainly wrong is refused.
    time = {
        "seconds, as a number or as text like \"500ms\"",
        function(v)
            return type(v) == "number" and v >= 0 or type(v) == "string" and v:find("^%s*%d") ~= nil
        end,
    },
    texts = {
        "text or a list of texts",
        function(v)
            if type(v) == "string" then return true end
            if type(v) ~= "table" or #v == 0 then return false end
            for _, text in ipairs(v) do
                if type(text) ~= "string" then return false end
            end
            return true
        end,
    },
    counts = {
        "a whole number or a list of them",
        function(v)
            if math.tointeger(v) then return true end
            if type(v) ~= "table" or #v == 0 then return false end
            for _, number in ipairs(v) do
                if not math.tointeger(number) then return false end
            end
            return true
        end,
    },
    any = { "anything", function() return true end },
}

-- Returns a copy of `given` with the defaults filled in. `known` has, for each option, a kind or a table
-- of `kind`, `default`, `required` and `oneOf`. Complaints are raised at the line that called the caller.
return function(call, given, known)
    if type(given) ~= "table" then
        error(call .. ": give a table of options, not " .. words(given), 3)
    end
    for _, key in ipairs(sorted(given)) do
        if type(key) ~= "string" or not known[key] then
            local meant = type(key) == "string" and nearest(key, sorted(known))
            error(call .. ": unknown option " .. words(key)
                .. (meant and "; did you mean '" .. meant .. "'?" or ""), 3)
        end
    end
    local read = {}
    for _, key in ipairs(sorted(known)) do
        local rule = known[key]
        if type(rule) == "string" then rule = { kind = rule } end
        local value = given[key]
        if value == nil then
            if rule.required then error(call .. ": " .. key .. " is missing", 3) end
            value = rule.default
        elseif not kinds[rule.kind][2](value) then
            error(call .. ": " .. key .. " must be " .. kinds[rule.kind][1] .. ", not "
                .. words(value), 3)
        end
        if rule.oneOf and value ~= nil then
            local found = false
            for _, word in ipairs(rule.oneOf) do found = found or word == value end
            if not found then
                local meant = nearest(tostring(value), rule.oneOf)
                error(call .. ": " .. key .. " must be one of " .. table.concat(rule.oneOf, ", ")
                    .. ", not " .. words(value)
                    .. (meant and "; did you mean '" .. meant .. "'?" or ""), 3)
            end
        end
        read[key] = value
    end
    return read
end
