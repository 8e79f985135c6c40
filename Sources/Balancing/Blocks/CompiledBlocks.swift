// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Owns a table of blocks as plane threads read it, and keeps their states where they are.
final class CompiledBlocks {
    let view: UnsafePointer<BlockView>
    private let blocks: [DynamicBlock]

    init(_ blocks: [DynamicBlock]) {
        self.blocks = blocks
        var sources: [(source: BlockedSource, state: UnsafeMutablePointer<BlockState>)] = []
        var names: [(name: WireName, state: UnsafeMutablePointer<BlockState>)] = []
        for block in blocks {
            switch block.subject {
            case .source(let source): sources.append((source, block.state))
            case .name(let name): names.append((name, block.state))
            }
        }
        let made = UnsafeMutablePointer<BlockView>.allocate(capacity: 1)
        made.initialize(
            to: BlockView(sources: BlockedSources(sources), names: BlockedNames(names)))
        view = UnsafePointer(made)
    }

    deinit {
        let mutable = UnsafeMutablePointer(mutating: view)
        mutable.pointee.sources.deallocate()
        mutable.pointee.names.deallocate()
        mutable.deinitialize(count: 1)
        mutable.deallocate()
    }
}
