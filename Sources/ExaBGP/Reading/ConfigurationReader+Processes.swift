// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// Processes, global or nested, and the `api` blocks that name them.
extension ConfigurationReader {
    /// `process NAME { run …; encoder …; respawn …; }` at the top, or in a neighbour.
    mutating func readProcess(_ statement: Statement, isNested: Bool) throws(ExaBGPFault) {
        let lines = try block(statement, words: 2)
        let name = statement.words[1].text
        var process = ExaBGPProcess(
            name: name, run: [], location: SourceLocation(file: file, line: statement.line))
        process.isNested = isNested
        let known = isNested ? Vocabulary.nestedProcesses : Vocabulary.processes
        for line in lines where !isNested || Vocabulary.processes.contains(line.keyword) {
            guard known.contains(line.keyword) else {
                throw unknown(line, among: known, in: "process")
            }
            try read(line, into: &process)
        }
        guard !process.run.isEmpty else {
            throw fault(
                statement.line, "process '\(name)' has no 'run'; say which program it is")
        }
        try register(process)
    }

    private func read(
        _ line: Statement, into process: inout ExaBGPProcess
    ) throws(ExaBGPFault) {
        guard line.block == nil else {
            throw fault(line.line, "'\(line.keyword)' takes no '{'; end it with ';'")
        }
        if let broken = brokenLine(line), line.keyword != "run" { throw broken }
        var words = StatementReader(line.words, file: file, line: line.line, skipping: 1)
        switch line.keyword {
        case "run":
            process.run = ProcessArguments.of(words.rest)
            guard process.run.first?.isEmpty == false else {
                throw words.fault("'run' has no value; give a program and its arguments")
            }
        case "encoder":
            let text = try words.require("encoder", "text or json").text
            guard let encoder = ExaBGPProcess.Encoder(rawValue: text) else {
                throw words.fault("encoder '\(text)' is neither text nor json")
            }
            process.encoder = encoder
            try words.finish()
        default:
            process.respawns = try words.truth("respawn")
            try words.finish()
        }
    }

    /// Processes are known by name; of several nested ones the last definition holds, as in 3.4.
    private mutating func register(_ process: ExaBGPProcess) throws(ExaBGPFault) {
        guard let index = configuration.processes.firstIndex(where: { $0.name == process.name })
        else {
            configuration.processes.append(process)
            return
        }
        let known = configuration.processes[index]
        guard known.location != process.location else { return }
        guard process.isNested, known.isNested else {
            throw fault(
                process.location.line,
                "there is a process '\(process.name)' already, at \(known.location); give one of"
                    + " them another name")
        }
        if known.run != process.run {
            note(
                process.location.line,
                "process '\(process.name)' is at \(known.location) too, with another program; it is"
                    + " started once, with this one")
        }
        configuration.processes[index] = process
    }

    /// A process in a neighbour (3.4): defined there, or with `process NAME;` only named.
    mutating func readNestedProcess(
        _ statement: Statement, into draft: inout NeighborDraft
    ) throws(ExaBGPFault) {
        var api = ExaBGPAPI()
        api.isNested = true
        guard statement.block != nil else {
            var words = StatementReader(
                statement.words, file: file, line: statement.line, skipping: 1)
            api.processes = [try words.require("process", "the name of a process").text]
            try words.finish()
            draft.apis.append(api)
            return
        }
        try readProcess(statement, isNested: true)
        api.processes = [statement.words[1].text]
        for line in try block(statement, words: 2)
        where !Vocabulary.processes.contains(line.keyword) {
            try readEvents(line, into: &api)
        }
        draft.apis.append(api)
    }

    /// The words of 3.4 for what a nested process is told.
    private mutating func readEvents(
        _ line: Statement, into api: inout ExaBGPAPI
    ) throws(ExaBGPFault) {
        switch line.keyword {
        case "neighbor-changes": api.neighborChanges = true
        case "peer-updates":
            api.neighborChanges = true
            api.receive.formUnion([.parsed, .update])
        case "parse-routes", "parsed-route-backend", "receive-routes", "receive-parsed",
            "receive-parsed-routes":
            api.receive.formUnion([.parsed, .update])
        case "receive-packets": api.receive.insert(.packets)
        case "send-packets": api.send.insert(.packets)
        case "consolidate": api.receive.insert(.consolidate)
        case "receive": api.receive.formUnion(try events(line))
        case "send": api.send.formUnion(try events(line))
        default: throw unknown(line, among: Vocabulary.nestedProcesses, in: "process")
        }
    }

    /// `api [NAME] { … }`.
    mutating func readAPI(
        _ statement: Statement, into draft: inout NeighborDraft
    ) throws(ExaBGPFault) {
        let lines = try block(statement, words: nil)
        let name = statement.words.count == 2 ? statement.words[1].text : nil
        let index = draft.indexOfAPI(named: name)
        for line in lines {
            var words = StatementReader(
                line.words, file: file, line: line.line, skipping: 1)
            switch line.keyword {
            case "send":
                draft.apis[index].send.formUnion(try events(line))
                continue
            case "receive":
                draft.apis[index].receive.formUnion(try events(line))
                continue
            default: break
            }
            guard line.block == nil else {
                throw brokenLine(line)
                    ?? fault(line.line, "'\(line.keyword)' takes no '{' in api; end it with ';'")
            }
            switch line.keyword {
            case "processes":
                let names = try words.list("processes", "[ the names of processes ]")
                draft.apis[index].processes += names.map(\.text)
            case "processes-match":
                let patterns = try words.list("processes-match", "[ \"expressions\" ]")
                draft.apis[index].processesMatch += patterns.map(\.text)
            case "neighbor-changes":
                draft.apis[index].neighborChanges = try words.truth(line.keyword)
            case "negotiated": draft.apis[index].negotiated = try words.truth(line.keyword)
            case "fsm": draft.apis[index].fsm = try words.truth(line.keyword)
            case "signal": draft.apis[index].signal = try words.truth(line.keyword)
            default: throw unknown(line, among: Vocabulary.api, in: "api")
            }
            try words.finish()
        }
    }

    /// `receive { parsed; update; }`.
    private func events(_ statement: Statement) throws(ExaBGPFault) -> Set<ExaBGPAPI.Event> {
        var events: Set<ExaBGPAPI.Event> = []
        for line in try block(statement, words: 1) {
            guard let event = ExaBGPAPI.Event(rawValue: line.keyword), line.block == nil else {
                throw unknown(
                    line, among: ExaBGPAPI.Event.allCases.map(\.rawValue), in: statement.keyword)
            }
            var words = StatementReader(
                line.words, file: file, line: line.line, skipping: 1)
            if try words.truth(line.keyword) { events.insert(event) }
            try words.finish()
        }
        return events
    }

    // MARK: Afterwards

    /// Every process that a neighbour names must be there.
    mutating func checkProcesses() {
        let known = configuration.processes.map(\.name)
        for neighbor in configuration.neighbors {
            for name in neighbor.processNames where !known.contains(name) {
                attempt { reader throws(ExaBGPFault) in
                    throw reader.fault(
                        neighbor.location.line,
                        "neighbor \(neighbor.peer.address) names a process '\(name)', which is not"
                            + " there\(Vocabulary.suggestion(for: name, among: known))")
                }
            }
        }
    }
}
