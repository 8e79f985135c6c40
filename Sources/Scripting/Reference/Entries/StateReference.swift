// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let state = """
        shared → object
            What all virtual machines share: `shared.name`, `shared.name = value`; numbers, truths
            and short texts.
        shared:add(name, number) → number
            Adds to a number, from 0 when it is not there, and returns the sum.
        setting → table
            What --set KEY=VALUE says, by KEY.
        """
}
