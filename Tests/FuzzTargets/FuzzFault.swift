// SPDX-License-Identifier: Apache-2.0

/// What should hold for any bytes, and did not.
public struct FuzzFault: Error, CustomStringConvertible {
    public let description: String
}

/// Throws unless something holds.
func hold(_ holds: Bool, _ what: @autoclosure () -> String) throws(FuzzFault) {
    guard holds else { throw FuzzFault(description: what()) }
}
