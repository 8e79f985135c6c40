// SPDX-License-Identifier: Apache-2.0

import Probing
import Testing

@testable import Scripting

/// Would catch: an argument that does not reach the call, an answer that a script cannot read, and a
/// wrong argument that is taken for a failure of what is checked.
@Suite struct CheckCallTests {
    @Test func aRequestIsMadeAsToldAndItsAnswerRead() throws {
        let bench = try CheckBench(
            """
            local r = http.get{url='https://www.example.org/health', method='POST', body='ping',
              headers={Host='x', ['X-Count']=3}, timeout='150ms', verify=false,
              followRedirects=true}
            assert(r.status == 200 and r.body == 'fine' and not r.truncated and r.seconds == 0.01)
            assert(r.headers['content-type'] == 'text/plain' and r.headers['Content-Type'])
            assert(r.headers['X-Absent'] == nil and r.headers[1] == nil)
            return true, r.headers.VIA
            """)
        var asked: [HTTPProbe] = []
        bench.prober.answerFetch = {
            asked.append($0)
            return .init(
                afterMilliseconds: 10,
                .success(
                    HTTPProbeReply(
                        status: 200,
                        headers: [
                            .init(name: "Content-Type", value: "text/plain"),
                            .init(name: "Via", value: "a"), .init(name: "via", value: "b"),
                        ], body: Array("fine".utf8))))
        }
        #expect(bench.outcome() == .up(score: 1, detail: "a, b"))
        let probe = try #require(asked.first)
        #expect(probe.method == "POST" && probe.body == Array("ping".utf8))
        #expect(
            probe.headers == [.init(name: "Host", value: "x"), .init(name: "X-Count", value: "3")])
        #expect(probe.timeoutMilliseconds == 150 && probe.followsRedirects && !probe.tls.verifies)
        #expect(bench.trace.entries.map(\.result) == ["200, 4 bytes"])
    }

    @Test func aCertificateIsCheckedUnlessToldOtherwise() throws {
        let bench = try CheckBench("return http.get('https://www.example.org/').status == 200")
        var asked: [HTTPProbe] = []
        bench.prober.answerFetch = {
            asked.append($0)
            return .init(.failure(.tls("the certificate is not trusted")))
        }
        #expect(
            bench.outcome()
                == .down(
                    detail:
                        "http.get https://www.example.org/: TLS: the certificate is not trusted",
                    isHard: false))
        #expect(asked.map(\.tls) == [TLSOptions()] && asked.first?.followsRedirects == false)
    }

    @Test(arguments: [
        ("http.get{}", "http.get: url is missing"),
        ("http.get('ftp://a')", "http.get: url must begin with http:// or https://, not 'ftp://a'"),
        ("http.get('http:///x')", "http.get: url 'http:///x' is not a usable URL"),
        ("http.get('http://a b/')", "http.get: url 'http://a b/' is not a usable URL"),
        (
            "http.get('http://me:secret@a/')",
            "http.get: url: user and password go into headers = {Authorization = …}"
        ),
        (
            "http.get{url='http://a/', followRedirect=true}",
            "http.get: unknown key 'followRedirect'; did you mean 'followRedirects'?"
        ),
        (
            "http.get{url='http://a/', method='get it'}",
            "http.get: method must be a word in capitals like \"HEAD\", not 'get it'"
        ),
        (
            "http.get{url='http://a/', headers={['X-A']='1\\n2'}}",
            "http.get: headers: 'X-A' = '1\n2' is no header"
        ),
        (
            "http.get{url='https://a/', caFile='/nonexistent'}",
            "http.get: caFile '/nonexistent': No such file or directory"
        ),
        (
            "tcp.connect{address='192.0.2.1:25', tls='yes'}",
            "tcp.connect: tls must be true or a table, not 'yes'"
        ),
        (
            "tcp.connect{address='192.0.2.1:25', tls={servername='a'}}",
            "tcp.connect: tls: unknown key 'servername'; did you mean 'serverName'?"
        ),
        (
            "tcp.connect{address='192.0.2.1:25', tls={serverName='192.0.2.1'}}",
            "tcp.connect: tls: serverName must be a host's name, not '192.0.2.1'"
        ),
        ("file.exists()", "file.exists: the path must be text, not nil"),
        ("file.read('')", "file.read: the path must be a path, not ''"),
    ])
    func aWrongArgumentIsAnErrorAtItsLine(_ call: String, _ words: String) throws {
        guard case .error(let fault)? = try CheckBench("local r = \(call)\nreturn true").outcome()
        else {
            Issue.record("no error")
            return
        }
        let line = words.split(separator: "\n").joined(separator: " | ")
        #expect(fault.description == "test.lua:2: \(line)")
    }

    @Test func tlsIsAskedForWithWhatDiffers() throws {
        let bench = try CheckBench(
            """
            tcp.connect{address='192.0.2.1:853', tls=true}
            tcp.connect{address='192.0.2.1:853', tls={serverName='a.example', verify=false}}
            tcp.connect{address='192.0.2.1:853', tls=false}
            return true
            """)
        var asked: [TLSOptions?] = []
        bench.prober.answerConnect = {
            asked.append($0.tls)
            return .init(.success(ScriptedConnection(incoming: [])))
        }
        #expect(bench.outcome() == .up(score: 1, detail: ""))
        #expect(asked == [TLSOptions(), TLSOptions(serverName: "a.example", verifies: false), nil])
    }

    @Test func allOfAConnectionIsRead() throws {
        let bench = try CheckBench(
            "return tcp.connect('192.0.2.1:25'):read('all') == 'one\\ntwo'")
        bench.prober.answerConnect = { _ in
            .init(.success(ScriptedConnection(incoming: Array("one\ntwo".utf8))))
        }
        #expect(bench.outcome() == .up(score: 1, detail: ""))
    }

    @Test func filesAreLookedAt() throws {
        let bench = try CheckBench(
            """
            assert(file.exists('/run/on') and not file.exists('/run/off'))
            assert(file.age('/run/on') == 12.5)
            return true, file.read('/run/on')
            """)
        bench.prober.answerLook = { probe in
            .init(
                .success(
                    probe.path == "/run/on"
                        ? FileState(ageSeconds: 12.5, bytes: Array("yes".utf8)) : nil))
        }
        #expect(bench.outcome() == .up(score: 1, detail: "yes"))
        #expect(
            bench.trace.entries.map { "\($0.call) -> \($0.result)" } == [
                "file.exists /run/on -> it exists", "file.exists /run/off -> no such file",
                "file.age /run/on -> 12.5 s", "file.read /run/on -> 3 bytes",
            ])
    }

    @Test func anAbsentFileIsADownWithItsName() throws {
        #expect(
            try CheckBench("return file.age('/run/off') < 60").outcome()
                == .down(detail: "file.age /run/off: no such file", isHard: true))
    }
}
