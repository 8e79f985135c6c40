// SPDX-License-Identifier: Apache-2.0

import Control
import Glibc

extension OperatorRequest {
    /// A request of this process: with whom `sudo` says it is for.
    static func fromHere() -> OperatorRequest {
        var request = OperatorRequest()
        request.sudoUser = getenv("SUDO_USER").map { String(cString: $0) }
        return request
    }
}
