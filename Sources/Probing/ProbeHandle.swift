// SPDX-License-Identifier: Apache-2.0

/// A probe under way. Belongs to the prober's thread.
public final class ProbeHandle {
    private var onCancel: (() -> Void)?

    /// `onCancel` frees what the probe holds; it runs at most once.
    public init(onCancel: @escaping () -> Void) { self.onCancel = onCancel }

    /// Gives the probe up: its completion is not called any more. Does nothing a second time.
    public func cancel() {
        let action = onCancel
        onCancel = nil
        action?()
    }
}
