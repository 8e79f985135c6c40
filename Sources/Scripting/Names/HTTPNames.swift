// SPDX-License-Identifier: Apache-2.0

import Glibc
import LuaRuntime
import Probing

/// `http.get`.
extension Evaluation {
    static let fetchKeys = [
        "url", "method", "headers", "body", "timeout", "verify", "caFile", "followRedirects",
    ]

    static func fetchCall(
        _ arguments: Arguments, _ run: CheckRun
    ) throws(ArgumentError) -> CheckCall {
        let keys: KeyReader
        if case .string(let text) = arguments[0] {
            keys = KeyReader(call: "http.get", table: LuaTable(["url": .string(text)]))
        } else {
            keys = try KeyReader(
                call: "http.get", table: arguments.table(0, "its argument"), known: fetchKeys)
        }
        var probe = HTTPProbe(url: try url(keys))
        probe.method = try method(keys)
        probe.headers = try headers(keys)
        if case .string(let body) = keys["body"] {
            probe.body = body.bytes
        } else if keys.has("body") {
            throw keys.wrong("body", "text")
        }
        probe.tls = try securityOptions(keys)
        probe.followsRedirects = try keys.boolean("followRedirects") ?? false
        probe.timeoutMilliseconds = try run.timeout(of: keys) ?? run.remainingMilliseconds
        return CheckCall(words: probe.call) { [probe] prober, done in
            prober.fetch(probe) { result in
                done(
                    CheckCall.Result(result) { (reply) throws(ProbeError) in
                        (value(reply), reply.summary)
                    })
            }
        }
    }

    private static func url(_ keys: KeyReader) throws(ArgumentError) -> String {
        let url = try keys.requiredText("url")
        for scheme in ["http://", "https://"] where url.hasPrefix(scheme) {
            let rest = url.dropFirst(scheme.count)
            let authority = rest.prefix { !"/?#".contains($0) }
            guard !authority.isEmpty, !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
                throw ArgumentError("http.get: url '\(url)' is not a usable URL")
            }
            guard !authority.contains("@") else {
                throw ArgumentError(
                    "http.get: url: user and password go into headers = {Authorization = …}")
            }
            return url
        }
        throw ArgumentError("http.get: url must begin with http:// or https://, not '\(url)'")
    }

    private static func method(_ keys: KeyReader) throws(ArgumentError) -> String {
        guard let method = try keys.text("method") else { return "GET" }
        guard !method.isEmpty, method.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) else {
            throw keys.wrong("method", "a word in capitals like \"HEAD\"")
        }
        return method
    }

    private static func headers(_ keys: KeyReader) throws(ArgumentError) -> [HTTPProbe.Header] {
        guard keys.has("headers") else { return [] }
        guard case .table(let table) = keys["headers"], table.array.isEmpty else {
            throw keys.wrong("headers", "a table of texts by name")
        }
        var headers: [HTTPProbe.Header] = []
        for field in table.fields {
            guard let name = field.key.text, let value = field.value.asText,
                name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }),
                !value.utf8.contains(where: { $0 < 0x20 && $0 != 9 || $0 == 0x7f })
            else {
                throw ArgumentError(
                    "http.get: headers: \(field.key.words) = \(field.value.words) is no header")
            }
            headers.append(HTTPProbe.Header(name: name, value: value))
        }
        return headers
    }

    /// `verify` and `caFile`, of a call or of its `tls`.
    static func securityOptions(_ keys: KeyReader) throws(ArgumentError) -> TLSOptions {
        var options = TLSOptions()
        options.verifies = try keys.boolean("verify") ?? true
        options.authorityFile = try keys.text("caFile")
        // A file that cannot be read is the configuration's fault, not that of what is checked.
        if let path = options.authorityFile, access(path, R_OK) != 0 {
            let reason = strerror(errno).map { String(cString: $0) } ?? "cannot be read"
            throw ArgumentError("\(keys.call): caFile '\(path)': \(reason)")
        }
        return options
    }

    private static func value(_ reply: HTTPProbeReply) -> LuaValue {
        var headers = LuaTable()
        for header in reply.headers {
            let name = header.name.lowercased()
            let earlier = headers[name].text
            headers[name] = .text(earlier.map { "\($0), \(header.value)" } ?? header.value)
        }
        return .table(
            LuaTable([
                "status": .count(reply.status), "headers": .table(headers),
                "body": .string(LuaString(bytes: reply.body)),
                "truncated": .boolean(reply.bodyWasCut), "seconds": .number(reply.seconds),
            ]))
    }
}
