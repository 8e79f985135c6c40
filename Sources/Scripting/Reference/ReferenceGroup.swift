// SPDX-License-Identifier: Apache-2.0

/// A heading of the reference, in the order of its pages.
enum ReferenceGroup: String, CaseIterable, Sendable {
    case listening = "Where we listen, and to whom"
    case servers = "Servers"
    case policies = "Balancing policies"
    case pools = "Pools and caches"
    case selectors = "Rules: selectors"
    case actions = "Rules: actions"
    case queries = "A query, its answer, a server: what functions are given"
    case values = "Names, addresses and sets of them"
    case blocks = "Dynamic blocks and limits"
    case checks = "Checks"
    case probes = "Calls in a check"
    case announcing = "Announcing"
    case state = "State and time"
    case limits = "Limits and tuning"
    case logs = "Logs"
    case tables = "Tables of numbers by name"
    case files = "Files"
    case language = "Lua 5.1"
    case console = "The console"
    case dialect = "Names of dnsdist without effect"
}
