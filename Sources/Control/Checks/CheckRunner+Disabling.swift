// SPDX-License-Identifier: Apache-2.0

import Declarations
import Glibc
import Health
import Logging
import NIOCore

// MARK: - Disable files, as they come and go

extension CheckRunner {
    /// Follows the folders of the current generation's disable files. Without the kernel's help they
    /// are looked for whenever a check is due, which goes on in any case.
    func watchDisableFiles() {
        guard !declarations.isEmpty || disableWatch != nil else { return }
        if disableWatch == nil {
            do throws(DaemonError) {
                disableWatch = try DisableWatch(clock: clock) { [weak self] in
                    self?.lookForDisableFiles()
                }
            } catch {
                logger.warning("disable files are seen at the next run of a check only: \(error)")
            }
        }
        disableWatch?.follow(declarations.values.map(\.disableFile))
        lookForDisableFiles()
    }

    private func lookForDisableFiles() {
        let now = clock.now
        for name in names {
            guard let declaration = declarations[name] else { continue }
            let isDisabled = access(declaration.disableFile, F_OK) == 0
            let wasDisabled = declaration.units.contains {
                entries[$0]?.machine.state == .disabled
            }
            guard isDisabled != wasDisabled else { continue }
            setDisabled(isDisabled, declaration, now: now)
            if !isDisabled { declaration.units.forEach(expedite) }
        }
    }
}
