// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import Control

/// `pharos reference`: the pages that are made from the code (Packaging/docs/check.sh compares them).
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "Prints the page of all names that scripts can use, or of dnsdist's.",
        shouldDisplay: false)

    @Option(name: .long, help: "script: our names. porting: each of dnsdist's functions.")
    var format = ReferencePages.script

    func run() {
        print(format.text, terminator: "")
    }
}

extension ReferencePages: ExpressibleByArgument {}
