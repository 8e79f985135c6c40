// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import DNSWire
public import Declarations

/// dnsdist's own health check of a server, one run: a query, and its rule of what is healthy.
///
/// Healthy is an answer to the question whose code is not SERVFAIL; with `mustResolve` not NXDOMAIN
/// and not REFUSED either. An empty answer, AA and TC do not matter.
public struct ServerProbe: Sendable {
    /// What one run found.
    public struct Verdict: Hashable, Sendable {
        public var isUp: Bool
        /// `NOERROR`, `SERVFAIL`, or the words of the failure.
        public var detail: String
        /// The server or its host refused, rather than staying silent.
        public var isHard: Bool

        public init(isUp: Bool, detail: String, isHard: Bool = false) {
            self.isUp = isUp
            self.detail = detail
            self.isHard = isHard
        }
    }

    public let probe: DNSProbe
    private let mustResolve: Bool

    /// What one run asks: what was declared, or what a `checkFunction` made of it.
    public struct Query: Hashable, Sendable {
        public var question: DNSQuestion
        /// Of the header.
        public var flags: DNSFlags

        public init(question: DNSQuestion, flags: DNSFlags) {
            self.question = question
            self.flags = flags
        }

        /// Fails when the check's name is none.
        public init(_ check: ServerHealthCheck) throws(DNSNameError) {
            question = DNSQuestion(
                name: try DNSName(check.queryName), type: DNSType(rawValue: check.queryType),
                class: DNSClass(rawValue: check.queryClass))
            flags = .query
            flags.checkingDisabled = check.checkingDisabled
        }
    }

    /// Asks what was declared; fails when the check's name is none.
    public init(
        _ check: ServerHealthCheck, server: Endpoint, source: IPAddress? = nil,
        sourceInterface: String? = nil
    ) throws(DNSNameError) {
        self.init(
            check, asking: try Query(check), server: server, source: source,
            sourceInterface: sourceInterface)
    }

    private init(
        _ check: ServerHealthCheck, asking query: Query, server: Endpoint, source: IPAddress?,
        sourceInterface: String?
    ) {
        var probe = DNSProbe(server: server, question: query.question)
        probe.transport = check.overTCP ? .tcp : .udpOnly
        probe.timeoutMilliseconds = check.timeoutMilliseconds
        probe.flags = query.flags
        probe.source = source
        probe.sourceInterface = sourceInterface
        self.probe = probe
        mustResolve = check.mustResolve
    }

    public init(_ server: ServerDeclaration) throws(DNSNameError) {
        try self.init(
            server.healthCheck, server: server.address, source: server.source,
            sourceInterface: server.sourceInterface)
    }

    /// Asks what a `checkFunction` said.
    public init(_ server: ServerDeclaration, asking query: Query) {
        self.init(
            server.healthCheck, asking: query, server: server.address, source: server.source,
            sourceInterface: server.sourceInterface)
    }

    /// Asks once. Completes on the prober's thread.
    public func run(
        on prober: any Prober, _ done: @escaping (Verdict) -> Void
    ) -> ProbeHandle {
        prober.query(probe) { result in
            switch result {
            case .success(let reply): done(judge(reply.bytes))
            case .failure(let error):
                done(Verdict(isUp: false, detail: "\(error)", isHard: error.isHard))
            }
        }
    }

    /// Applies the rule to an answer whose identifier has been checked.
    func judge(_ answer: [UInt8]) -> Verdict {
        answer.withUnsafeBytes { bytes in
            guard let view = DNSMessageView(bytes), view.isResponse else {
                return Verdict(isUp: false, detail: "no DNS answer")
            }
            let code = view.responseCode
            guard view.question != nil else {
                return Verdict(isUp: false, detail: "\(code.name) without the question")
            }
            let isUnhealthy =
                code == .serverFailure
                || mustResolve && (code == .nameError || code == .refused)
            return Verdict(isUp: !isUnhealthy, detail: code.name)
        }
    }
}
