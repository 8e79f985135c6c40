// SPDX-License-Identifier: Apache-2.0

import Balancing

extension Controller {
    /// `dyn-blocked` is among the plane's counters; here are the blocks themselves.
    func appendBlocks(_ text: inout MetricsText, _ report: StatusReport) {
        guard let parts else { return }
        var (sources, names) = (0, 0)
        for block in blocksInForce(parts) {
            if case .name = block.subject { names += 1 } else { sources += 1 }
        }
        text.single(
            "dnsdist_dyn_block_nmg_size", .gauge, "Dynamic blocks of addresses in force",
            Double(sources))
        text.single(
            "pharos_dyn_block_names", .gauge, "Dynamic blocks of names in force", Double(names))
        text.single(
            "pharos_dyn_block_refused_total", .counter,
            "Dynamic blocks that were not inserted because there are too many",
            Double(parts.statistics.blocks.refused))
    }
}
