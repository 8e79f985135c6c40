// SPDX-License-Identifier: Apache-2.0

/// What `pharos --version` and `version.bind` would say.
public enum Version {
    public static let current = "0.1.0"
}
