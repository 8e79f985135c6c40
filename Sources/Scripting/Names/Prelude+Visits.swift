// SPDX-License-Identifier: Apache-2.0

extension Prelude {
    /// A part of ``control``: shows the function of `setSuffixMatchRule` one name after the other.
    static let visits = """
        -- The same three tables for every name: a visitor reads them and does not keep them.
        local function runVisitor(visitor)
            local children = 0
            local node = strict("statNode", {numChildren = function() return children end})
            local own, all = strict("statNodeStats", {}), strict("statNodeStats", {})
            while true do
                local name, labels, count, q, n, x, s, d, b, h, aq, an, ax, as, ad, ab, ah = raw.node()
                if not name then return end
                node.fullname, node.labelsCount, children = name, labels, count
                own.queries, own.noerrors, own.nxdomains, own.servfails = q, n, x, s
                own.drops, own.bytes, own.hits = d, b, h
                all.queries, all.noerrors, all.nxdomains, all.servfails = aq, an, ax, as
                all.drops, all.bytes, all.hits = ad, ab, ah
                local wanted, reason, action = visitor(node, own, all)
                if wanted then
                    local ok, problem = raw.found(reason, action)
                    if not ok then error(problem, 0) end
                end
            end
        end
        """
}
