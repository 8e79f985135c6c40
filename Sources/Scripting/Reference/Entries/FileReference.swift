// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let files = """
        dofile(path) → values
            Runs a file; one beside the configuration is found from any working directory.
        includeDirectory(path)
            Runs the .conf files of a folder, in order of their names.
        require(name) → value
            Loads a module written in Lua, once.
        """
}
