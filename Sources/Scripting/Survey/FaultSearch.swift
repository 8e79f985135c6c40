// SPDX-License-Identifier: Apache-2.0
//
// A script ends at its first fault, and an operator would rather hear of all of them. So a file that
// was refused is evaluated again, for its faults alone: a call that is refused is kept and passed
// over, and a statement that raises is left out the next time, as long as there are such.
//
// The first evaluation has decided: whatever comes of these, the file is refused, and one that is
// right never gets here.

import Declarations
import Glibc
import LuaRuntime

/// Finds the faults behind the first one.
struct FaultSearch {
    /// The evaluation that failed.
    let job: BuildJob

    /// Statements that are left out one after the other; nobody mends more at a time.
    private static let passesMax = 24
    /// A file that takes long to read is not read again and again.
    private static let patienceSeconds = 4.0
    /// What follows from a value that could not be made may be a loop without end.
    private static let passMillisecondsMax = 2_000

    /// - Parameter first: what the file was refused with.
    func all(_ first: [ScriptFault]) -> [ScriptFault] {
        guard !first.contains(where: \.usedUpBudget), first.contains(where: { $0.location != nil })
        else { return first }
        var found = first
        var replacements: [String: [UInt8]] = [:]
        let end = Self.processorSeconds + Self.patienceSeconds
        for _ in 0..<Self.passesMax where Self.processorSeconds < end {
            let (faults, fatal) = evaluate(replacements)
            for fault in faults where !Self.isKnown(fault, found) { found.append(fault) }
            guard let fatal else { break }
            // What is done with a value that could not be made is no fault of its own.
            let follows = fatal.message.contains(ObjectKind.inert.name)
            if !follows, !Self.isKnown(fatal, found) { found.append(fatal) }
            guard !fatal.usedUpBudget, let next = leavingOut(fatal, replacements) else { break }
            replacements = next
        }
        return ordered(found)
    }

    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func isKnown(_ fault: ScriptFault, _ faults: [ScriptFault]) -> Bool {
        faults.contains { $0.message == fault.message && $0.location == fault.location }
    }

    /// What was passed over, and what ended it.
    private func evaluate(
        _ replacements: [String: [UInt8]]
    ) -> (faults: [ScriptFault], fatal: ScriptFault?) {
        let survey = NameSurvey(isCollecting: true)
        var again = job
        again.survey = survey
        again.replacements = replacements
        again.limits.loadBudgetMilliseconds = min(
            job.limits.loadBudgetMilliseconds, Self.passMillisecondsMax)
        var fatal: ScriptFault?
        do throws(ScriptError) {
            try again.evaluateControl().scripts.close()
            if survey.faults.isEmpty, replacements.isEmpty {
                survey.completionFaults.forEach(survey.keep)
            }
        } catch {
            fatal = error.faults.first
        }
        return (survey.faults, fatal)
    }

    /// The text of the file in which the innermost statement outside of functions raised, without it.
    private func leavingOut(
        _ fault: ScriptFault, _ replacements: [String: [UInt8]]
    ) -> [String: [UInt8]]? {
        let files = [job.path] + job.journal.filesRead
        guard let place = mainPlace(fault, files) else { return nil }
        guard let source = replacements[place.file] ?? source(of: place.file),
            let rest = TopLevelStatements(source).leavingOut(
                line: place.line, value: NameSurvey.unknownValue), rest != source
        else { return nil }
        var next = replacements
        next[place.file] = rest
        return next
    }

    private func source(of path: String) -> [UInt8]? {
        if path == job.path, let text = job.text { return Array(text.utf8) }
        return job.journal.text(of: path)
    }

    /// `FILE:LINE: in main chunk` of the traceback, where long names of files are cut in front.
    private func mainPlace(_ fault: ScriptFault, _ files: [String]) -> SourceLocation? {
        for line in fault.traceback.split(separator: "\n") where line.hasSuffix(": in main chunk") {
            let words = line.drop { $0 == "\t" || $0 == " " }.dropLast(": in main chunk".count)
            guard let colon = words.lastIndex(of: ":"),
                let number = Int(words[words.index(after: colon)...])
            else { continue }
            let name = words[..<colon]
            let end = name.hasPrefix("...") ? name.dropFirst(3) : name
            if let file = files.first(where: { $0 == name || ($0.hasSuffix(end) && end != name) }) {
                return SourceLocation(file: file, line: number)
            }
        }
        guard let location = fault.location, files.contains(location.file) else { return nil }
        return location
    }

    /// As the file goes; other files behind it.
    private func ordered(_ faults: [ScriptFault]) -> [ScriptFault] {
        let files = [job.path] + job.journal.filesRead.filter { $0 != job.path }
        func rank(_ fault: ScriptFault) -> (Int, Int) {
            let file = fault.location.flatMap { files.firstIndex(of: $0.file) } ?? files.count
            return (file, fault.location?.line ?? 0)
        }
        return faults.enumerated().sorted {
            let (one, other) = (rank($0.element), rank($1.element))
            return one == other ? $0.offset < $1.offset : one < other
        }.map(\.element)
    }
}
