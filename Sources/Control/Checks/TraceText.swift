// SPDX-License-Identifier: Apache-2.0

import Scripting

/// Prints what a run did as a tree: each call with its answer and time, and below a `check.all` and
/// its siblings what each of their functions did and said.
struct TraceText {
    private let trace: CheckTrace

    init(_ trace: CheckTrace) {
        self.trace = trace
    }

    var lines: [String] {
        var lines = self.lines(ofBranch: 0, indent: 2)
        if trace.omitted > 0 { lines.append("  … and \(trace.omitted) more calls") }
        return lines
    }

    private func lines(ofBranch number: Int, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        return trace.entries.filter { $0.branchNumber == number }.flatMap { entry in
            [
                "\(margin)\(entry.call.onOneLine) -> \(entry.result.onOneLine)\(Self.time(entry.seconds))"
            ]
                + entry.parts.flatMap { lines(of: $0, indent: indent + 2) }
        }
    }

    private func lines(of part: CheckTrace.Part, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        guard let number = part.branchNumber else {
            return ["\(margin)\(part.label): \(part.words.onOneLine)"]
        }
        let verdict = trace.verdicts[number].map {
            "\($0.words.onOneLine)\(Self.time($0.seconds))"
        }
        return ["\(margin)\(part.label): \(verdict ?? "not begun")"]
            + lines(ofBranch: number, indent: indent + 2)
    }

    static func time(_ seconds: Double) -> String { " [\(rounded(seconds)) s]" }

    static func rounded(_ seconds: Double) -> String {
        "\((seconds * 1_000).rounded() / 1_000)"
    }
}
