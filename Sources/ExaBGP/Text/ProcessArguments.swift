// SPDX-License-Identifier: Apache-2.0

/// Makes a program and its arguments of the words after `run`.
enum ProcessArguments {
    /// Brackets and commas are part of the argument they touch; a line that is quoted as a whole
    /// (3.4) is split at its blanks.
    static func of(_ words: [Word]) -> [String] {
        if words.count == 1, words[0].isQuoted, words[0].text.contains(" ") {
            return split(words[0].text)
        }
        var arguments: [String] = []
        for (index, word) in words.enumerated() {
            if index > 0, word.isGlued {
                arguments[arguments.count - 1] += word.text
            } else {
                arguments.append(word.text)
            }
        }
        return arguments
    }

    /// Splits as a shell does, without expanding anything: blanks part words, quotes hold them
    /// together, a backslash takes the next character as it is except in single quotes.
    static func split(_ text: String) -> [String] {
        var arguments: [String] = []
        var argument: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                argument = (argument ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let mark = quote {
                if character == mark {
                    quote = nil
                } else {
                    argument = (argument ?? "") + String(character)
                }
            } else if character == "'" || character == "\"" {
                quote = character
                argument = argument ?? ""
            } else if character.isWhitespace {
                if let done = argument { arguments.append(done) }
                argument = nil
            } else {
                argument = (argument ?? "") + String(character)
            }
        }
        if let argument { arguments.append(argument) }
        return arguments
    }
}
