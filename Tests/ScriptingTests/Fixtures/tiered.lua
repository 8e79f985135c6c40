-- Uses what the published policies use: globals, upStatus compared with true, the list itself for one
-- server, a built-in policy over a subset. Ours; it forgets its global at each query.
function tiered(servers, dq)
    if #servers < 2 then return servers end
    tiers = {}
    lowest = nil
    i = 1
    while servers[i] do
        if servers[i].upStatus == true then
            order = servers[i].order
            if type(tiers[order]) ~= "table" then tiers[order] = {} end
            table.insert(tiers[order], servers[i])
            if lowest == nil or order < lowest then lowest = order end
        end
        i = i + 1
    end
    if tiers[lowest] == nil then return wrandom.policy(servers, dq) end
    return wrandom.policy(tiers[lowest], dq)
end
