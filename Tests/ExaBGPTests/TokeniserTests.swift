// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import ExaBGP

/// Words, signs and their lines. Would catch a fault that names the wrong line.
struct TokeniserTests {
    private func words(_ text: String) throws -> [String] {
        try Tokeniser.tokens(of: text, file: "t").map { token in
            switch token {
            case .word(let word): word.text
            case .end: ";"
            case .open: "{"
            case .close: "}"
            }
        }
    }

    @Test(arguments: [
        ("a b;", ["a", "b", ";"]),
        ("a{b c;}", ["a", "{", "b", "c", ";", "}"]),
        ("c[1:2 3:4];", ["c", "[", "1:2", "3:4", "]", ";"]),
        ("a(1,2)", ["a", "(", "1", ",", "2", ")"]),
        ("a # b; {\nc", ["a", "c"]),
        ("a#b\nc", ["a", "c"]),
        (#"d "x; { # y" ;"#, ["d", "x; { # y", ";"]),
        (#"d 'x "y" z'"#, ["d", #"x "y" z"#]),
        (#"d "a\"b\\c""#, ["d", #"a"b\c"#]),
        (#"a\ b"#, ["a b"]),
        (#""A\t""#, ["A\t"]),
        (#"\u12"#, ["u12"]),
        ("a \\\n b", ["a", "b"]),
        ("a \\\r\n b\r\n", ["a", "b"]),
        (#"d "";"#, ["d", "", ";"]),
        ("é ü", ["é", "ü"]),
        ("", []),
        ("\\", []),
    ])
    func cutsATextIntoWords(_ text: String, _ expected: [String]) throws {
        #expect(try words(text) == expected)
    }

    @Test func everyWordKnowsItsLine() throws {
        let tokens = try Tokeniser.tokens(of: "a\n\n b \\\n c;\n\"d\"", file: "t")
        let lines = tokens.compactMap { token -> Int? in
            guard case .word(let word) = token else { return nil }
            return word.line
        }
        #expect(lines == [1, 3, 4, 5])
    }

    @Test(arguments: ["a;\nb \"c;\n", "a;\nb 'c"])
    func aQuoteThatIsNotClosedIsToldWithItsLine(_ text: String) {
        let fault = #expect(throws: ExaBGPFault.self) {
            try Tokeniser.tokens(of: text, file: "t")
        }
        #expect(fault?.location.line == 2)
        #expect(fault?.message.contains("is not closed") == true)
    }

    @Test func bracketsAndCommasOfARunLineStayInTheirArgument() throws {
        let tokens = try Tokeniser.tokens(of: "run a b,c[d] 'e f' \"\"", file: "t")
        let words = tokens.compactMap { token -> Word? in
            guard case .word(let word) = token else { return nil }
            return word
        }
        #expect(ProcessArguments.of(Array(words.dropFirst())) == ["a", "b,c[d]", "e f", ""])
    }

    @Test(arguments: [
        ("a 'b c' d", ["a", "b c", "d"]),
        (#"a "b \" c" d\ e"#, ["a", #"b " c"#, "d e"]),
        (#"a 'b\c'"#, ["a", #"b\c"#]),
        ("  a  ''  ", ["a", ""]),
        ("", []),
    ])
    func aCommandLineIsSplitAsAShellDoes(_ text: String, _ expected: [String]) {
        #expect(ProcessArguments.split(text) == expected)
    }
}
