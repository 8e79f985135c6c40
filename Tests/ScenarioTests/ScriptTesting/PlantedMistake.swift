// SPDX-License-Identifier: Apache-2.0

import Testing

/// A mistake that somebody could make in a shipped plugin, as text for text: its tests must notice.
struct PlantedMistake: CustomTestStringConvertible, Sendable {
    /// The plugin's folder in Policies.
    let plugin: String
    /// Without its `.lua`.
    let file: String
    let right: String
    let wrong: String

    var testDescription: String { "\(file): '\(wrong)' for '\(right)'" }

    static let all: [PlantedMistake] =
        ["orderedwrandom", "orderedLeastOutstanding"].flatMap { name in
            plants(name, name, inPolicies) + plants(name, "\(name).planned", inPlans)
        }
        + plants("orderedwrandom", "orderedwrandom.planned", [("\"wrandom\"", "\"whashed\"")])
        + plants(
            "orderedLeastOutstanding", "orderedLeastOutstanding.planned",
            [("\"leastOutstanding\"", "\"wrandom\"")])
        + inChecks.flatMap { plants("checks/\($0.key)", $0.key, $0.value) }

    private static func plants(
        _ plugin: String, _ file: String, _ texts: [(right: String, wrong: String)]
    ) -> [PlantedMistake] {
        texts.map {
            PlantedMistake(plugin: plugin, file: file, right: $0.right, wrong: $0.wrong)
        }
    }

    private static let inPolicies = [
        ("server:isUp()", "server.upStatus"),
        ("order <= lowest", "order >= lowest"),
        ("if order ~= lowest then lowest, size = order, 0 end", "lowest = order"),
        ("for i = #tier, size + 1, -1 do tier[i] = nil end", ""),
        ("return tier[1]", "return servers[1]"),
        (".policy(tier, dq)", ".policy(servers, dq)"),
        ("server.order", "server.ordre"),
    ]

    private static let inPlans = [
        ("server:isUp()", "server.upStatus"),
        ("server.order <= lowest", "server.order >= lowest"),
        ("server.order <= lowest", "server.order < lowest"),
        ("tier, lowest = {}, server.order", "lowest = server.order"),
        ("tier[#tier + 1] = server", "tier[1] = server"),
        ("servers = tier", "servers = servers"),
        ("server.order", "server.ordre"),
    ]

    private static let inChecks: KeyValuePairs<String, [(right: String, wrong: String)]> = [
        "dns": [
            (
                "if not listed(o.rcode, reply.rcodeName) then return false, reply.rcodeName end",
                ""
            ),
            ("count >= least", "true"),
            ("and 1 or 0", "and 0 or 0"),
            ("o.server or ctx.target", "o.server"),
            ("wanted:upper() == word", "wanted == word"),
            ("recursionDesired = o.recursionDesired", "recursionDesired = true"),
            ("class = o.class", "class = 'IN'"),
            ("transport = o.transport", "transport = 'udp'"),
            ("dnssecOK = o.dnssecOK", "dnssecOK = false"),
            ("required = true", "required = false"),
        ],
        "authdns": [
            ("if not own.ok then", "if false then"),
            ("if not own.authoritative then", "if false then"),
            ("if not record then", "if false then"),
            ("recursionDesired = false", "recursionDesired = true"),
            ("% 2 ^ 32", "% 2 ^ 33"),
            ("difference < halfCircle", "difference > halfCircle"),
            ("asked, theirs = pcall(ask, o.primary)", "asked, theirs = true, ask(o.primary)"),
            ("awaited[server] or {}", "{}"),
            ("awaited[server]", "awaited[1]"),
            ("now - kept[1].since", "now - kept[#kept].since"),
            ("seconds <= tonumber(o.behindMax)", "true"),
            ("record.name:lower() == zone", "record.name == zone .. '.'"),
        ],
        "recursivedns": [
            ("if not reply.ok then", "if false then"),
            ("if not reply.recursionAvailable then", "if false then"),
            ("if o.authenticData and not reply.authenticData then", "if false then"),
            ("wants(record.data, record)", "true"),
            ("known[data:lower()] = true", "known[data] = true"),
            ("dnssecOK = o.authenticData", "dnssecOK = false"),
            ("if #seen == 0 then", "if false then"),
            ("if o.match and o.pattern then", "if false then"),
        ],
        "combined": [
            ("check.all(list)", "check.any(list)"),
            ("check.any(list)", "check.all(list)"),
            ("check.quorum(needed, list)", "check.quorum(1, list)"),
            ("needed > count", "false"),
            ("type(entry) ~= \"function\"", "false"),
            ("next(list) == nil", "false"),
        ],
        "tcp": [
            ("if o.send then connection:write(o.send) end", ""),
            ("if not wanted then return true, \"connected\" end", ""),
            ("1, not o.pattern)", "1, true)"),
            ("for _ = 1, 100 do", "for _ = 1, 1 do"),
            ("return false, line and", "return true, line and"),
            ("\"[\" .. target .. \"]\"", "target"),
            ("if not o.address and not o.port then", "if false then"),
            ("if o.address and o.port then", "if false then"),
        ],
        "http": [
            ("status >= 200 and status <= 299", "status >= 200"),
            ("if not isWanted(response.status, o.status) then", "if false then"),
            ("if status == one then return true end", ""),
            ("find(o.contains, 1, true)", "find(o.contains)"),
            ("not response.body:find(o.pattern)", "false"),
            ("default = true", "default = false"),
            ("verify = o.verify", "verify = true"),
            ("method = o.method", "method = 'GET'"),
            ("headers = o.headers, body = o.body", "body = o.body"),
            ("body = o.body", "body = nil"),
            ("target = \"[\" .. target .. \"]\"", "target = target"),
        ],
        "exec": [
            ("if isOneOf(result.status, o.unknown) then", "if false then"),
            ("if not isOneOf(result.status, o.status) then", "if false then"),
            ("if one == status then return true end", ""),
            ("result.stdout:find(o.contains, 1, true)", "true"),
            ("exec.shell(options)", "exec.run(options)"),
            ("options[i] = word", "options[1] = word"),
            ("result.stdout ~= \"\" and result.stdout or result.stderr", "result.stdout"),
            ("[^\\r\\n]*", ".*"),
        ],
        "options": [
            ("type(v) == \"string\" and v ~= \"\"", "type(v) == \"string\""),
            ("tonumber(v) >= 0", "true"),
            ("type(v) == \"number\" and v >= 0", "type(v) == \"number\""),
            ("#v == 0", "false"),
            ("if rule.required then", "if false then"),
            ("value = rule.default", "value = nil"),
            ("same and 0 or 1", "1"),
            ("if d < edits then", "if true then"),
            ("if not found then", "if false then"),
            ("not known[key]", "false"),
        ],
    ]
}
