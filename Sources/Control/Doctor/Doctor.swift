// SPDX-License-Identifier: Apache-2.0

import Declarations

/// `pharos doctor`: what of this host would keep a configuration from working.
///
/// It reads the kernel's own files and asks the daemon for its status if there is one; it sends
/// nothing and changes nothing.
public enum Doctor {
    /// Looks at everything; the order is that of a packet's way, addresses first.
    ///
    /// - Throws: ``DaemonError/configuration(_:)`` when the configuration does not evaluate.
    public static func run(
        _ source: ConfigurationSource, settings: [String: String], controlPath: String
    ) async throws(DaemonError) -> [Finding] {
        let configuration = try await Validation.build(source, settings: settings).configuration
        let status = try? ControlClient.send(ControlRequest(.status), to: controlPath).status
        let host = HostFacts()
        return addresses(configuration, host) + listeners(configuration, host, status)
            + neighbors(configuration, host, status) + kernel(configuration, host)
            + [clock(), daemon(status, controlPath)]
    }

    private static func daemon(_ status: StatusReport?, _ path: String) -> Finding {
        guard let status else {
            return Finding(
                .warning, "daemon", "none answers at \(path); sessions were not looked at")
        }
        guard status.lastReload.result != "rejected" else {
            return Finding(
                .warning, "daemon",
                "its last reload was rejected, an older file serves: \(status.lastReload.message)")
        }
        return Finding(.ok, "daemon", "generation \(status.generation) serves")
    }
}
