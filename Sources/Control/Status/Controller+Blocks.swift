// SPDX-License-Identifier: Apache-2.0

import Balancing
import CLinux
import Declarations
import Logging
import Scripting

extension Controller {
    /// Blocks in one report: more is for `/metrics`.
    private static let blocksReported = 1_000

    /// Forgets blocks that are over, gives the plane those there are, and tells what happened.
    func tendBlocks() {
        guard let parts else { return }
        parts.statistics.blocks.expire(nowMicroseconds: clinux_now_microseconds())
        settleBlocks()
    }

    /// The same without a look at the clock: after scripts that may have blocked somebody.
    func settleBlocks() {
        guard let parts else { return }
        parts.handles.publish(parts.statistics.blocks)
        tellOfBlocks(parts)
    }

    private func tellOfBlocks(_ parts: ControlParts) {
        let table = parts.statistics.blocks
        let (events, lost) = table.takeEvents()
        for event in events { tell(event) }
        if lost > 0 { logger.notice("dynamic blocks: \(lost) more came or went") }
        if table.refused != parts.blocksRefusedTold {
            parts.blocksRefusedTold = table.refused
            logger.error(
                "dynamic blocks: there are \(DynamicBlockTable.blocksMax), no more are inserted",
                metadata: ["refused": "\(table.refused)"])
        }
    }

    private func tell(_ event: BlockEvent) {
        let subject = event.subject.text
        switch event.kind {
        case .inserted(let seconds, let detail):
            let left = Double(event.untilMicroseconds) - Double(clinux_now_microseconds())
            let until = ControlClock.timestamp(
                unixSeconds: ControlClock.unixSeconds + left / 1_000_000)
            var metadata: Logger.Metadata = [
                "action": "\(shown(event.action))", "until": "\(until)",
            ]
            if !detail.isEmpty { metadata["measured"] = "\(detail)" }
            let words = event.isWarning ? "a dynamic warning" : "a dynamic block"
            logger.warning(
                "\(words) of \(subject) for \(seconds) s: \(event.reason)", metadata: metadata)
        case .expired(let count):
            logger.notice(
                "the dynamic block of \(subject) is over: \(event.reason)",
                metadata: ["queries": "\(count)"])
        case .cleared:
            logger.notice("the dynamic block of \(subject) is cleared: \(event.reason)")
        }
    }

    private func shown(_ action: ScriptAction) -> String {
        (action == .none ? generation?.configuration.blockAction ?? .drop : action).words
    }

    func blocksInForce(_ parts: ControlParts) -> [DynamicBlock] {
        parts.statistics.blocks.inForce(nowMicroseconds: clinux_now_microseconds())
    }

    func blockStatuses(_ live: LiveGeneration, _ parts: ControlParts) -> [StatusReport.Block] {
        let now = clinux_now_microseconds()
        return blocksInForce(parts).map { (queries: $0.count, block: $0) }
            .sorted { $0.queries > $1.queries }.prefix(Self.blocksReported)
            .map { queries, block in
                let isName = if case .name = block.subject { true } else { false }
                return StatusReport.Block(
                    subject: block.subject.text, kind: isName ? "name" : "address",
                    action: shown(block.action), reason: block.reason, warning: block.isWarning,
                    secondsLeft: block.secondsLeft(nowMicroseconds: now), queries: queries)
            }
    }
}
