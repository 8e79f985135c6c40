// SPDX-License-Identifier: Apache-2.0

/// What an ExaBGP configuration says, in any of the grammars 3.4, 4.x and 5.x.
///
/// A plain value: groups and templates are resolved, every default is filled in, nothing of
/// Pharos is in it yet.
public struct ExaBGPConfiguration: Hashable, Sendable {
    /// A configuration larger than this is a mistake (bytes); 150 000 routes are 15 MiB.
    public static let bytesMax = 32 << 20

    /// In the order of the file.
    public var neighbors: [ExaBGPNeighbor] = []
    /// In the order of the file; a name occurs once.
    public var processes: [ExaBGPProcess] = []
    /// By line.
    public var notes: [ExaBGPNote] = []

    public init() {}

    /// Reads a configuration.
    ///
    /// `file` is what faults are told with; nothing is opened. Fails with every fault there is, or,
    /// where braces, quotes or semicolons do not match, with the first.
    public init(_ text: String, file: String) throws(ExaBGPRefusal) {
        self = try ConfigurationReader.read(text, file: file)
    }

    public func process(_ name: String) -> ExaBGPProcess? {
        processes.first { $0.name == name }
    }
}
