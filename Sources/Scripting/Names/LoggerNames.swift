// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// dnstap and protobuf: the loggers are taken, and nothing is sent to them.
extension Evaluation {
    func defineLoggerNames() throws(LuaError) {
        for name in ["newFrameStreamTcpLogger", "newFrameStreamUnixLogger", "newRemoteLogger"] {
            try define(name) { [unowned self] (arguments, call) throws(ArgumentError) in
                let target = try arguments.text(0, "address")
                warnOnce(
                    "\(name) \(target)", because: "nothing is sent there", at: location(of: call))
                return [ObjectKind.logger.handle(0)]
            }
        }
        for name in ["DnstapLogAction", "RemoteLogAction"] {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(name, because: "no query is logged", at: location(of: call))
                return newAction(.none)
            }
        }
        for name in ["DnstapLogResponseAction", "RemoteLogResponseAction"] {
            try define(name) { [unowned self] (_, call) throws(ArgumentError) in
                warnOnce(name, because: "no answer is logged", at: location(of: call))
                return newResponseAction(.none)
            }
        }
        try defineKind(.logger)
    }
}
