// SPDX-License-Identifier: Apache-2.0

/// Is everything in which two evaluations of one configuration may differ.
public struct EnvironmentHooks {
    public static var system: EnvironmentHooks { EnvironmentHooks() }
}
extension LuaVM {
    func openEnvironment() throws(LuaError) {}
}
