// SPDX-License-Identifier: Apache-2.0

/// What a `LuaAction` returns: dnsdist's numbers of its `DNSAction`.
public enum ScriptAction: Int32, CaseIterable, Sendable {
    case drop, nxdomain, refused, spoof, allow, headerModify, pool, delay, truncate, servFail
    case none, noOp, noRecurse, spoofRaw, spoofPacket, setTag
}

extension ScriptAction {
    /// What a dynamic block may do, besides leaving it to the configuration (``none``).
    public static let ofBlocks: [ScriptAction] = [
        .drop, .noOp, .nxdomain, .refused, .truncate, .noRecurse,
    ]

    /// As it stands in the table `DNSAction`.
    public var words: String {
        let name = "\(self)"
        return name.prefix(1).uppercased() + name.dropFirst()
    }
}

/// What a `LuaResponseAction` returns: dnsdist's numbers of its `DNSResponseAction`.
public enum ScriptResponseAction: Int32, CaseIterable, Sendable {
    case allow, delay, drop, headerModify, servFail, truncate, none
}
