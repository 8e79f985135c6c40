// SPDX-License-Identifier: Apache-2.0

/// What checks ask of the world: DNS, TCP, HTTP, processes, files, and time.
///
/// A prober belongs to one thread (the real one's event loop): it is called there and completes
/// there. A completion is called exactly once, never before the call has returned, and never after
/// ``ProbeHandle/cancel()``.
public protocol Prober: AnyObject {
    /// Sends a query and waits for the answer that belongs to it.
    func query(
        _ probe: DNSProbe, _ done: @escaping (Result<DNSProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle

    /// Opens a TCP connection. Cancelling the handle later closes it.
    func connect(
        _ probe: TCPProbe, _ done: @escaping (Result<any ProbeConnection, ProbeError>) -> Void
    ) -> ProbeHandle

    /// Makes an HTTP request and waits for the whole answer.
    func fetch(
        _ probe: HTTPProbe, _ done: @escaping (Result<HTTPProbeReply, ProbeError>) -> Void
    ) -> ProbeHandle

    /// Looks at a file; `nil` when there is none.
    func look(
        _ probe: FileProbe, _ done: @escaping (Result<FileState?, ProbeError>) -> Void
    ) -> ProbeHandle

    /// Runs a process to its end. Cancelling kills its process group.
    func run(
        _ probe: ProcessProbe, _ done: @escaping (Result<ProcessOutcome, ProbeError>) -> Void
    ) -> ProbeHandle

    func sleep(milliseconds: Int, _ done: @escaping () -> Void) -> ProbeHandle
}
