// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations

/// What a dynamic block does to a query.
enum BlockVerdict {
    /// No block, or one that only counts.
    case pass
    /// On to the pool, past the rules (`DNSAction.NoRecurse`).
    case passRules
    case decided(QueryDecision)
}

extension Pipeline {
    /// Looks the query's client up, then its name, as dnsdist does.
    mutating func apply(
        _ blocks: UnsafePointer<BlockView>, _ view: UnsafePointer<PlaneView>
    ) -> BlockVerdict {
        let now = query.pointee.nowMicroseconds
        if let block = blocks.pointee.match(
            client: query.pointee.remoteAddress, nowMicroseconds: now)
        {
            let verdict = apply(block, view)
            if case .pass = verdict {} else { return verdict }
        }
        guard
            let block = blocks.pointee.match(
                name: UnsafeRawBufferPointer(query.pointee.name), nowMicroseconds: now)
        else { return .pass }
        return apply(block, view)
    }

    private mutating func apply(
        _ block: BlockView.Match, _ view: UnsafePointer<PlaneView>
    ) -> BlockVerdict {
        let action = block.action == .none ? view.pointee.blockAction : block.action
        // Over TCP there is nothing to truncate: the client has done what it was to do.
        if action == .truncate, query.pointee.overTCP { return .pass }
        block.count()
        guard action != .noOp else { return .pass }
        counters.count(.dynamicallyBlocked)
        switch action {
        case .refused: return .decided(answer(.refused))
        case .nxdomain: return .decided(answer(.nameError))
        case .truncate: return .decided(answer(.noError, isTruncated: true))
        case .noRecurse:
            if let header = query.pointee.header {
                var flags = header.flags
                flags.recursionDesired = false
                header.setFlags(flags)
            }
            return .passRules
        default: return .decided(.drop)
        }
    }
}
