// SPDX-License-Identifier: Apache-2.0

/// The routers of Debian 12 that tests run against.
public enum RouterKind: String, CaseIterable, Sendable, CustomStringConvertible {
    case bird = "BIRD 2.0"
    case frr = "FRR 8.4"
    case goBGP = "GoBGP 3.10"
    case openBGPD = "OpenBGPD 7.7"
    case exaBGP = "ExaBGP 4.2"

    public var description: String { rawValue }

    /// Starts one and waits until it listens.
    public func start(
        _ settings: RouterSettings, in namespace: NetworkNamespace
    ) async throws -> any RouterPeer {
        switch self {
        case .bird: try await BirdRouter(settings, in: namespace)
        case .frr: try await FRRouter(settings, in: namespace)
        case .goBGP: try await GoBGPRouter(settings, in: namespace)
        case .openBGPD: try await OpenBGPRouter(settings, in: namespace)
        case .exaBGP: try await ExaBGPRouter(settings, in: namespace)
        }
    }

    /// Starts one with a configuration as it stands in a file.
    public func start(
        configuration: String, in namespace: NetworkNamespace
    ) async throws -> any RouterPeer {
        switch self {
        case .bird: try await BirdRouter(configuration: configuration, in: namespace)
        case .frr: try await FRRouter(configuration: configuration, in: namespace)
        case .goBGP: try await GoBGPRouter(configuration: configuration, in: namespace)
        case .openBGPD: try await OpenBGPRouter(configuration: configuration, in: namespace)
        case .exaBGP: try await ExaBGPRouter(configuration: configuration, in: namespace)
        }
    }
}
