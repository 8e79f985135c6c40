-- SPDX-License-Identifier: Apache-2.0
--
-- Runs a fragment of a page: Lua that is no configuration by itself. check.sh gives its file as
-- setting.fragment, with a line behind it that hands over each function the fragment makes. What it
-- declares is declared, and its functions are called as the daemon would: a policy with servers, a
-- check with answers, with SERVFAIL and with none, a rule with a node, a callback with a change.

local policies, checks, rules, callbacks, timers = {}, {}, {}, {}, {}
local kinds = { servers = policies, ctx = checks, node = rules, change = callbacks, [""] = timers }
local helpers = {}

local function noting(name, position, list)
    local declare = _G[name]
    return function(...)
        list[#list + 1] = (select(position, ...))
        return declare(...)
    end
end

-- What the fragment sees: everything, and its own names, which nothing else does.
local world = setmetatable({
    setServerPolicyLua = noting("setServerPolicyLua", 2, policies),
    every = noting("every", 2, timers),
    addMaintenanceCallback = noting("addMaintenanceCallback", 1, timers),
    onStateChange = noting("onStateChange", 1, callbacks),
    newCheck = function(declaration)
        local check = newCheck(declaration)
        checks[#checks + 1] = check
        return check
    end,
}, { __index = _G })

-- A function that the fragment made, by the name of its first parameter.
function world.__made(name, parameter, made)
    if made == nil then error("check.sh found a function " .. name .. ", and there is none", 0) end
    local list = kinds[parameter]
    if list then list[#list + 1] = made else helpers[#helpers + 1] = name end
end

local function load()
    local chunk, message = loadfile(setting.fragment, "t", world)
    if not chunk then error(message, 0) end
    chunk()
end

newServer{ address = "192.0.2.101", name = "DNS1" }
load()

local function weather()
    local clear = { address = "192.0.2.1", answers = { { type = "A", data = "198.51.100.1" } } }
    return {
        function() fake.dns{ answers = clear.answers } fake.tcp{ send = "220 ready\n" } end,
        function() fake.dns{ rcode = "SERVFAIL" } end,
        function() fake.dns(nil) end,
    }
end

test("what it makes is called", function()
    local count = 0
    local function call(what, f)
        count = count + 1
        local ok, problem = pcall(f)
        if not ok then error(what .. ": " .. tostring(problem), 0) end
    end
    local pool = servers{ { name = "a", order = 1 }, { name = "b", order = 1 }, { name = "c", order = 2 } }
    for _, policy in ipairs(policies) do
        for down = 0, 3 do
            if down > 0 then set(pool[down], { up = false }) end
            call("a policy", function() choose(policy, pool) end)
        end
    end
    for _, check in ipairs(checks) do
        for _, make in ipairs(weather()) do
            make()
            call("a check", function()
                local result = run(check, { timeout = 0.5 })
                if result.state == "error" then error(result.place .. ": " .. result.detail, 0) end
            end)
        end
    end
    local node = {
        checks = { resolver = { up = true, score = 0.4 } },
        pools = { [""] = { { name = "a", up = true } } },
    }
    for _, rule in ipairs(rules) do
        call("a rule", function()
            local decision = decide(rule, node)
            if decision.state == "error" then error(decision.detail, 0) end
        end)
    end
    local change = { kind = "check", name = "resolver", from = "up", to = "down", detail = "SERVFAIL", at = 1 }
    for _, callback in ipairs(callbacks) do call("a callback", function() callback(change) end) end
    for _, timer in ipairs(timers) do call("a timer", timer) end
    print("called " .. count .. " times; helpers: " .. #helpers)
end)
