// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// A target is a layer (Docs/architecture.md). SwiftPM does not stop a target from importing a layer
// above it; `make lint` does, from the table in Packaging/lint/imports.txt.

import PackageDescription

/// Every Swift target: warnings are errors, `any` is spelled, imports are explicit and internal.
let common: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// Targets that hold no pointers: a new one is noticed.
let pure: [SwiftSetting] = common + [.strictMemorySafety()]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "pharos",
    products: [.executable(name: "pharos", targets: ["pharos"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // C: the only places that include lua.h or Linux headers Glibc's module leaves out.
        .target(name: "CLua", linkerSettings: [.linkedLibrary("lua5.4")]),
        .target(name: "CLinux"),

        // Bytes and plain values.
        .target(name: "Addressing", swiftSettings: common),
        .target(name: "Declarations", dependencies: ["Addressing"], swiftSettings: pure),
        .target(name: "DNSWire", dependencies: ["Addressing"], swiftSettings: common),
        .target(name: "BGPWire", dependencies: ["Addressing"], swiftSettings: pure),
        .target(
            name: "ExaBGP", dependencies: ["Addressing", "Declarations"], swiftSettings: pure),

        // Pure logic.
        .target(name: "LuaRuntime", dependencies: ["CLua", "CLinux"], swiftSettings: common),
        .target(
            name: "Balancing", dependencies: ["Addressing", "Declarations", "DNSWire"],
            swiftSettings: common),
        .target(
            name: "Health", dependencies: ["Addressing", "Declarations"], swiftSettings: pure),
        .target(
            name: "Announcing", dependencies: ["Addressing", "Declarations"],
            swiftSettings: pure),

        // Sockets.
        .target(
            name: "Probing",
            dependencies: [
                "Addressing", "Declarations", "DNSWire", "CLinux", nioCore, nioPosix, nioHTTP1,
                nioTLS, nioSSL, httpClient,
            ],
            swiftSettings: common),
        .target(
            name: "BFD", dependencies: ["Addressing", "CLinux", logging], swiftSettings: common),
        .target(
            name: "BGPSpeaker",
            dependencies: [
                "Addressing", "Declarations", "BGPWire", "BFD", "CLinux", nioCore, nioPosix,
                logging,
            ],
            swiftSettings: common),
        .target(
            name: "Proxy",
            dependencies: ["Addressing", "Declarations", "Balancing", "DNSWire", "CLinux"],
            swiftSettings: common),
        .target(
            name: "Streams",
            dependencies: [
                "Addressing", "Declarations", "Balancing", "DNSWire", "Proxy", "CLinux", nioCore,
                nioPosix,
            ],
            swiftSettings: common),

        // Scripts, and what holds everything together.
        .target(
            name: "Scripting",
            dependencies: [
                "Addressing", "Declarations", "ExaBGP", "LuaRuntime", "Balancing", "DNSWire",
                "Health", "Probing", "Announcing",
            ],
            // Links to the ready-made checks in Policies/checks, the only copy there is.
            resources: [.embedInCode("Shipped")],
            swiftSettings: common),
        .target(
            name: "Control",
            dependencies: [
                "Addressing", "Declarations", "ExaBGP", "DNSWire", "Balancing", "Health", "Probing",
                "Announcing", "BGPSpeaker", "Proxy", "Streams", "Scripting", nioCore, nioPosix,
                logging, lifecycle, signals, hummingbird,
            ],
            swiftSettings: common),
        .executableTarget(
            name: "pharos",
            dependencies: [
                "Addressing", "Declarations", "ExaBGP", "Control", argumentParser, logging,
                // The demonstration's embedded router and resolvers.
                "BGPSpeaker", nioCore, nioPosix,
            ],
            resources: [.embedInCode("Demo/quickstart.lua")],
            swiftSettings: common),

        // `make bench` alone builds these. No package of its own, which could only see products and
        // would compile every dependency once more; `--product pharos` leaves them out.
        .target(
            name: "BareLua", path: "Benchmarks/BareLua", exclude: ["plain.lua"],
            linkerSettings: [.linkedLibrary("lua5.4")]),
        .executableTarget(
            name: "PolicyBench",
            dependencies: [
                "Addressing", "Declarations", "DNSWire", "Balancing", "Scripting", "BareLua",
            ],
            path: "Benchmarks/PolicyBench", swiftSettings: common),

        // Tests mirror the sources.
        // The tests' malloc, which counts.
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .testTarget(name: "AddressingTests", dependencies: ["Addressing"], swiftSettings: common),
        .testTarget(
            name: "DNSWireTests", dependencies: ["Addressing", "DNSWire"], exclude: ["Fixtures"],
            swiftSettings: common),
        .testTarget(
            name: "BGPWireTests", dependencies: ["Addressing", "BGPWire"], exclude: ["Fixtures"],
            swiftSettings: common),
        .testTarget(
            name: "ExaBGPTests",
            dependencies: ["Addressing", "Declarations", "ExaBGP", "TestPeers"],
            exclude: ["Fixtures"], swiftSettings: common),
        .testTarget(
            name: "LuaRuntimeTests", dependencies: ["CLua", "LuaRuntime"], swiftSettings: common),
        .testTarget(
            name: "BalancingTests", dependencies: ["Addressing", "Declarations", "Balancing"],
            swiftSettings: common),
        .testTarget(
            name: "HealthTests", dependencies: ["Addressing", "Declarations", "Health"],
            swiftSettings: common),
        .testTarget(
            name: "AnnouncingTests", dependencies: ["Addressing", "Declarations", "Announcing"],
            swiftSettings: common),
        .testTarget(
            name: "ProbingTests",
            dependencies: [
                "Addressing", "Declarations", "DNSWire", "Probing", nioCore, nioPosix, nioSSL,
            ],
            swiftSettings: common),
        .testTarget(
            name: "BFDTests", dependencies: ["Addressing", "BFD", "CLinux", logging],
            swiftSettings: common),
        .testTarget(
            name: "BGPSpeakerTests",
            dependencies: [
                "Addressing", "Declarations", "BGPWire", "BFD", "BGPSpeaker", "CAllocations",
                "TestPeers", nioCore, nioPosix, nioEmbedded, logging,
            ],
            swiftSettings: common),
        .testTarget(
            name: "ProxyTests",
            dependencies: [
                "Addressing", "Declarations", "Balancing", "DNSWire", "Proxy", "CLinux",
                "CAllocations",
            ],
            swiftSettings: common),
        .testTarget(
            name: "StreamsTests",
            dependencies: [
                "Addressing", "Declarations", "Balancing", "DNSWire", "Proxy", "Streams",
                "CAllocations", nioCore, nioPosix,
            ],
            swiftSettings: common),
        .testTarget(
            name: "ScriptingTests",
            dependencies: [
                // CLua for its switch that makes allocations fail.
                "Addressing", "Declarations", "CLua", "LuaRuntime", "Balancing", "DNSWire",
                "Probing", "Announcing", "Scripting", "ExaBGP", "CAllocations",
            ],
            exclude: ["Fixtures"], swiftSettings: common),

        // What must hold for any bytes, on the corpus in Tests/Corpus; `make fuzz` runs the same targets.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Addressing", "Declarations", "DNSWire", "BGPWire", "Balancing", "Proxy",
                "Streams", nioCore,
            ],
            path: "Tests/FuzzTargets", swiftSettings: common),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: common),

        // The daemon from outside, on real peers; PHAROS_BINARY names it.
        .target(
            name: "TestPeers", dependencies: ["CLinux"], path: "Tests/TestPeers",
            swiftSettings: common),
        .testTarget(
            name: "TestPeersTests", dependencies: ["TestPeers"], swiftSettings: common),
        // The speaker, and the daemon, on every router that Debian has.
        .testTarget(
            name: "BGPPeersTests",
            dependencies: ["Addressing", "Declarations", "BGPSpeaker", "TestPeers", logging],
            swiftSettings: common),
        // Nodes, a router and clients in namespaces: what an outage costs.
        .testTarget(
            name: "LaboratoryTests", dependencies: ["TestPeers"], swiftSettings: common),
        .testTarget(
            name: "ScenarioTests", dependencies: ["TestPeers"], exclude: ["Fixtures"],
            swiftSettings: common),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz` alone: libFuzzer brings the main function, so nothing else could link it.
if Context.environment["PHAROS_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "FuzzGuided", dependencies: ["FuzzTargets"], path: "Tests/FuzzGuided",
            swiftSettings: common + [.unsafeFlags(["-parse-as-library"])]))
}
