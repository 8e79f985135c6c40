// SPDX-License-Identifier: Apache-2.0

import Declarations

/// Makes a configuration of statements, and gathers every fault on the way.
///
/// Templates and global processes are read first, so that their order in the file does not matter.
struct ConfigurationReader {
    let file: String
    var configuration = ExaBGPConfiguration()
    var templates: [String: Statement] = [:]
    private var faults: [ExaBGPFault] = []
    /// Groups and templates are read once for each neighbour; what is wrong in them is told once.
    private var toldFaults: Set<ExaBGPFault> = []
    private var toldNotes: Set<ExaBGPNote> = []

    private init(file: String) {
        self.file = file
    }

    static func read(
        _ text: String, file: String
    ) throws(ExaBGPRefusal) -> ExaBGPConfiguration {
        var reader = ConfigurationReader(file: file)
        guard text.utf8.count <= ExaBGPConfiguration.bytesMax else {
            throw ExaBGPRefusal([
                reader.fault(
                    1, "the file is larger than \(ExaBGPConfiguration.bytesMax >> 20) MiB")
            ])
        }
        let statements: [Statement]
        do throws(ExaBGPFault) {
            statements = try StatementTree.statements(of: text, file: file)
        } catch {
            throw ExaBGPRefusal([error])
        }
        reader.readAll(statements)
        guard reader.faults.isEmpty else {
            throw ExaBGPRefusal(reader.faults.sorted { $0.location.line < $1.location.line })
        }
        reader.configuration.notes.sort { $0.location.line < $1.location.line }
        return reader.configuration
    }

    private mutating func readAll(_ statements: [Statement]) {
        for statement in statements {
            attempt { reader throws(ExaBGPFault) in try reader.collect(statement) }
        }
        checkTemplates()
        for statement in statements where statement.block != nil {
            switch statement.keyword {
            case "neighbor": readNeighbor(statement, of: nil)
            case "group": readGroup(statement)
            default: break
            }
        }
        checkProcesses()
        checkNeighbors()
    }

    /// Templates and global processes, and what is neither they nor a neighbour.
    private mutating func collect(_ statement: Statement) throws(ExaBGPFault) {
        switch statement.keyword {
        case "process": try readProcess(statement, isNested: false)
        case "template": try collectTemplates(statement)
        case "group", "neighbor":
            guard statement.block != nil else {
                throw fault(
                    statement.line,
                    "'\(statement.text);' says nothing; write its settings between '{' and '}'")
            }
        default: throw unknown(statement, among: Vocabulary.topLevel, in: "the file")
        }
    }

    private mutating func collectTemplates(_ statement: Statement) throws(ExaBGPFault) {
        for template in try block(statement, words: 1) {
            guard template.keyword == "neighbor" else {
                throw unknown(template, among: ["neighbor"], in: "template")
            }
            _ = try block(template, words: 2)
            let name = template.words[1].text
            if let other = templates[name] {
                throw fault(
                    template.line,
                    "there is a template '\(name)' already, at \(file):\(other.line); give one of"
                        + " them another name")
            }
            templates[name] = template
        }
    }

    /// A template that nobody inherits must be right all the same.
    private mutating func checkTemplates() {
        for (name, template) in templates {
            var draft = NeighborDraft()
            draft.level = .template(name)
            apply(template.block ?? [], to: &draft, registersProcesses: false)
        }
    }

    private mutating func readGroup(_ statement: Statement) {
        attempt { reader throws(ExaBGPFault) in
            let statements = try reader.block(statement, words: nil)
            let neighbors = statements.filter { $0.keyword == "neighbor" && $0.block != nil }
            let common = statements.filter { $0.keyword != "neighbor" || $0.block == nil }
            for neighbor in neighbors { reader.readNeighbor(neighbor, of: common) }
            if neighbors.isEmpty {
                throw reader.fault(
                    statement.line, "the group has no neighbor; add one, or take the group out")
            }
        }
    }

    // MARK: Faults and notes

    /// Does one thing and keeps what is wrong with it.
    mutating func attempt(
        _ body: (inout ConfigurationReader) throws(ExaBGPFault) -> Void
    ) {
        do throws(ExaBGPFault) {
            try body(&self)
        } catch {
            if toldFaults.insert(error).inserted { faults.append(error) }
        }
    }

    mutating func note(_ line: Int, _ message: String) {
        let note = ExaBGPNote(SourceLocation(file: file, line: line), message)
        if toldNotes.insert(note).inserted { configuration.notes.append(note) }
    }

    func fault(_ line: Int, _ message: String) -> ExaBGPFault {
        ExaBGPFault(SourceLocation(file: file, line: line), message)
    }

    /// The statements in the braces after exactly so many words (`nil`: one or two).
    func block(_ statement: Statement, words: Int?) throws(ExaBGPFault) -> [Statement] {
        guard let block = statement.block else {
            throw fault(
                statement.line,
                "'\(statement.keyword)' needs a block; write its settings between '{' and '}'")
        }
        let fits = words.map { $0 == statement.words.count } ?? (statement.words.count <= 2)
        guard fits else {
            if let broken = brokenLine(statement) { throw broken }
            throw fault(
                statement.line,
                (words ?? 2) > statement.words.count
                    ? "'\(statement.keyword)' has no name; give it one before '{'"
                    : "'\(statement.text) {' has too many words; write '\(statement.keyword)'"
                        + ((words ?? 2) > 1 ? " and one name" : "") + " before '{'")
        }
        return block
    }

    /// A `;` that is missing at the end of a line makes one statement of two.
    func brokenLine(_ statement: Statement) -> ExaBGPFault? {
        for (word, next) in zip(statement.words, statement.words.dropFirst())
        where next.line > word.line {
            return fault(
                word.line, "';' is missing after '\(word.text)'; each statement ends in one")
        }
        return nil
    }

    /// What to say of a word that does not belong where it is.
    func unknown(
        _ statement: Statement, among known: [String], in place: String
    ) -> ExaBGPFault {
        if statement.words.isEmpty {
            return fault(statement.line, "'{' has no word before it; say what the block is")
        }
        if let what = Vocabulary.foreignSections[statement.keyword] {
            return fault(
                statement.line,
                "'\(statement.keyword)' is out of scope (\(what)); Pharos announces unicast routes:"
                    + " take it out")
        }
        return fault(
            statement.line,
            "'\(statement.keyword)' does not belong in \(place)"
                + Vocabulary.suggestion(for: statement.keyword, among: known))
    }
}
