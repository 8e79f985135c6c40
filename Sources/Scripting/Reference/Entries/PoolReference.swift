// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let pools = """
        """
}
