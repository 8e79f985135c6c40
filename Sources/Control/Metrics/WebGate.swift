// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A request's context, with where it came from.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remote: IPAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remote = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    }
}

/// Lets through who may read the pages (`webserver`, `setWebserverConfig`); a reload changes who
/// that is, also on connections that are open.
///
/// Any thread.
final class WebGate: RouterMiddleware {
    private let access: Mutex<WebserverAccess>

    init(_ access: WebserverAccess) {
        self.access = Mutex(access)
    }

    func set(_ new: WebserverAccess) {
        access.withLock { $0 = new }
    }

    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let access = access.withLock { $0 }
        guard let remote = context.remote, access.admits(remote) else {
            return Self.refusal(.forbidden, "this address is not in the web server's acl")
        }
        guard Self.isAuthenticated(request.headers, access) else {
            var response = Self.refusal(.unauthorized, "a password or an API key is needed")
            response.headers[.wwwAuthenticate] = "basic realm=\"pharos\""
            return response
        }
        return try await next(request, context)
    }

    private static func refusal(_ status: HTTPResponse.Status, _ words: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: words + "\n")))
    }

    static func isAuthenticated(_ headers: HTTPFields, _ access: WebserverAccess) -> Bool {
        guard access.requiresAuthentication, access.password != nil || access.apiKey != nil else {
            return true
        }
        if let wanted = access.apiKey, let given = headers[.apiKey], isSame(given, wanted) {
            return true
        }
        guard let wanted = access.password, let given = password(headers[.authorization]) else {
            return false
        }
        return isSame(given, wanted)
    }

    /// The password of `Basic …` (RFC 7617); any user's name will do, as with dnsdist.
    private static func password(_ header: String?) -> String? {
        guard let header, header.prefix(6).lowercased() == "basic ",
            let bytes = Data(base64Encoded: String(header.dropFirst(6))),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return String(decoding: bytes[bytes.index(after: colon)...], as: UTF8.self)
    }

    /// Compares in a time that does not tell where two texts differ. A hash opens nothing.
    private static func isSame(_ given: String, _ wanted: String) -> Bool {
        guard !WebserverAccess.isHashed(wanted) else { return false }
        let (left, right) = (Array(given.utf8), Array(wanted.utf8))
        var difference = left.count ^ right.count
        for index in right.indices {
            difference |= Int((index < left.count ? left[index] : 0) ^ right[index])
        }
        return difference == 0
    }
}

extension HTTPField.Name {
    // The name consists of token characters, so it is one.
    fileprivate static let apiKey = HTTPField.Name("X-API-Key")!
}
