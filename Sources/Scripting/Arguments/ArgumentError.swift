// SPDX-License-Identifier: Apache-2.0

/// What is wrong with one call that a script made, in the operator's words.
///
/// It holds no position: the VM puts the calling line's before it when it is raised.
struct ArgumentError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
