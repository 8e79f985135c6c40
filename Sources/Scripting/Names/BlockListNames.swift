// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations
import Glibc
import LuaRuntime

/// `showDynBlocks`, `getDynamicBlocks`, `getDynamicBlocksSMT`.
extension Evaluation {
    func defineBlockLists() throws(LuaError) {
        try define("showDynBlocks") { [unowned self] (arguments, call) throws(ArgumentError) in
            let blocks = try blocksInForce(arguments.call)
            for line in blockTable(blocks) {
                if let printed {
                    printed(line)
                } else {
                    log(ScriptLogLine(priority: .info, text: line, location: location(of: call)))
                }
            }
            return []
        }
        try define("getDynamicBlocks") { [unowned self] (arguments, _) throws(ArgumentError) in
            let blocks = try blocksInForce(arguments.call).filter {
                if case .source = $0.subject { true } else { false }
            }
            return [blockObjects(blocks)]
        }
        try define("getDynamicBlocksSMT") { [unowned self] (arguments, _) throws(ArgumentError) in
            let blocks = try blocksInForce(arguments.call).filter {
                if case .name = $0.subject { true } else { false }
            }
            return [blockObjects(blocks)]
        }
    }

    /// By what is blocked.
    private func blocksInForce(_ call: String) throws(ArgumentError) -> [DynamicBlock] {
        let blocks = try blockServices(call)?.table.inForce(nowMicroseconds: blockClock()) ?? []
        return blocks.map { (text: $0.subject.text, block: $0) }
            .sorted { $0.text < $1.text }.map(\.block)
    }

    private func shownAction(_ block: DynamicBlock) -> ScriptAction {
        block.action == .none ? configuration.blockAction : block.action
    }

    private func blockObjects(_ blocks: [DynamicBlock]) -> LuaValue {
        let (now, unix) = (blockClock(), Self.unixMicroseconds())
        let fields = blocks.map { block in
            let until = unix &+ (block.untilMicroseconds &- min(now, block.untilMicroseconds))
            var object = LuaTable([
                "reason": .text(block.reason), "blocks": .count(Int(clamping: block.count)),
                "action": .count(Int(shownAction(block).rawValue)),
                "warning": .boolean(block.isWarning), "bpf": .boolean(false),
                "until": .table(
                    LuaTable([
                        "tv_sec": .count(Int(until / 1_000_000)),
                        "tv_nsec": .count(Int(until % 1_000_000) * 1_000),
                    ])),
            ])
            if case .name = block.subject { object["domain"] = .text(block.subject.text) }
            return LuaTable.Field(key: .text(block.subject.text), value: .table(object))
        }
        return .table(LuaTable(fields: fields))
    }

    private func blockTable(_ blocks: [DynamicBlock]) -> [String] {
        let now = blockClock()
        let head = ["What", "Seconds", "Blocks", "Warning", "Action", "Reason"]
        let rows = blocks.map { block in
            [
                block.subject.text, "\(block.secondsLeft(nowMicroseconds: now))",
                "\(block.count)", "\(block.isWarning)", shownAction(block).words, block.reason,
            ]
        }
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([head] + rows).map { row in
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private static func unixMicroseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }
}
