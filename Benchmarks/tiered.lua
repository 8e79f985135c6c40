-- SPDX-License-Identifier: Apache-2.0
--
-- A policy as operators publish them for dnsdist: weighted random within the lowest order that has
-- a live server. Both daemons run this same file.
-- luacheck: globals tiered

function tiered(servers, dq)
  local lowest
  for _, server in ipairs(servers) do
    if server.upStatus == true and (not lowest or server.order < lowest) then
      lowest = server.order
    end
  end
  local tier = {}
  for _, server in ipairs(servers) do
    if server.upStatus == true and server.order == lowest then
      tier[#tier + 1] = server
    end
  end
  return wrandom.policy(tier, dq)
end

setServerPolicyLua("tiered", tiered)
