// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch a name object whose member answers something else than dnsdist's, a text that is
/// taken for a name and is none, and a mistake whose message does not say what is wrong.
@Suite struct NameObjectTests {
    @Test(arguments: [
        ("'Www.Example.org'", "Www.Example.org."), ("'Www.Example.org.'", "Www.Example.org."),
        ("'.'", "."), ("''", "."), ("'a\\\\.b.c'", "a\\.b.c."), ("'a\\\\\\\\b'", "a\\\\b."),
        ("'\\\\000\\\\255x'", "\\000\\255x."), ("'\\\\065.b'", "A.b."),
        ("'_dmarc;(x)'", "_dmarc;(x)."), ("('a'):rep(63)", String(repeating: "a", count: 63) + "."),
        ("newDNSName('copy')", "copy."), ("newDNSNameFromRaw('\\1a\\0')", "a."),
    ])
    func textIsReadAndPrinted(_ text: String, _ printed: String) throws {
        let vm = try makeVM()
        let results = try vm.run(
            """
            local n = newDNSName(\(text))
            return n:toString(), n:tostring(), tostring(n), newDNSName(n:toString()) == n
            """)
        #expect(results == [.text(printed), .text(printed), .text(printed), .boolean(true)])
    }

    @Test(arguments: [
        ("'a..b'", "newDNSName: name \"a..b\": empty label"),
        ("'.a'", "newDNSName: name \".a\": empty label"),
        ("'a\\\\'", "newDNSName: name \"a\\\": bad escape, want \\X or \\DDD up to \\255"),
        ("'\\\\256'", "newDNSName: name \"\\256\": bad escape, want \\X or \\DDD up to \\255"),
        ("'\\\\25'", "newDNSName: name \"\\25\": bad escape, want \\X or \\DDD up to \\255"),
        ("nil", "newDNSName: give a name or text, not nil"),
        ("7", "newDNSName: give a name or text, not number"),
        ("{}", "newDNSName: give a name or text, not table"),
    ])
    func whatIsNoNameSaysWhy(_ text: String, _ message: String) throws {
        let error = try makeVM().failure("\nlocal n = newDNSName(\(text))")
        #expect(error?.description == "/etc/test.lua:2: \(message)")
    }

    @Test func lengthsAreBounded() throws {
        let vm = try makeVM()
        #expect(
            vm.failure("newDNSName(('a'):rep(64))")?.message.hasSuffix(
                "label longer than 63 octets") == true)
        // 255 octets in wire form: three labels of 63, one of 61, and the root.
        let longest = "(('a'):rep(63) .. '.'):rep(3) .. ('b'):rep(61)"
        #expect(try vm.run("return newDNSName(\(longest)):wirelength()") == [255])
        #expect(try vm.run("return newDNSName(\(longest) .. '.'):wirelength()") == [255])
        for more in ["'b'", "'.c'", "'b.'"] {
            #expect(
                vm.failure("newDNSName(\(longest) .. \(more))")?.message.hasSuffix(
                    "longer than 255 octets") == true)
        }
        // Every octet escaped: the longest text that a name can print.
        #expect(
            try vm.run(
                """
                local n = newDNSName(((('\\\\001'):rep(63)) .. '.'):rep(3) .. ('\\\\001'):rep(61))
                return #n:toString(), newDNSName(n:toString()) == n
                """) == [1004, .boolean(true)])
    }

    @Test(arguments: [
        ("n:toStringNoDot()", "www.Example.org" as LuaValue),
        ("newDNSName('.'):toStringNoDot()", "."),
        ("n:countLabels()", 3), ("newDNSName('.'):countLabels()", 0), ("n:wirelength()", 17),
        ("n:toDNSString()", "\u{3}www\u{7}Example\u{3}org\u{0}"),
        ("n:toDNSStringLC()", "\u{3}www\u{7}example\u{3}org\u{0}"),
        ("n:isRoot()", .boolean(false)), ("newDNSName('.'):isRoot()", .boolean(true)),
        ("n:isPartOf(newDNSName('eXample.ORG'))", .boolean(true)),
        ("n:isPartOf(n)", .boolean(true)),
        ("n:isPartOf('.')", .boolean(true)), ("n:isPartOf('ample.org')", .boolean(false)),
        ("n:isPartOf('a.www.example.org')", .boolean(false)),
        ("n:isPartOf('w.org')", .boolean(false)),
        ("n:makeRelative('example.org'):toString()", "www."), ("n:makeRelative('net')", .nil),
        ("n:makeRelative(n):isRoot()", .boolean(true)),
        ("n == newDNSName('WWW.EXAMPLE.ORG.')", .boolean(true)),
        ("n == newDNSName('www.example.com')", .boolean(false)),
        ("n == newDNSName('example.org')", .boolean(false)),
        ("n == 'www.Example.org.'", .boolean(false)),
        ("n .. '|'", "www.Example.org.|"), ("'|' .. n", "|www.Example.org."),
        ("n .. 1", "www.Example.org.1"),
        ("n .. n", "www.Example.org.www.Example.org."),
        ("newDNSName('z.example') < newDNSName('a.z.example')", .boolean(true)),
        ("newDNSName('Z.a.example') < newDNSName('yljkjljk.a.example')", .boolean(false)),
        ("newDNSName('z') < newDNSName('a.b')", .boolean(false)), ("n <= n", .boolean(true)),
        ("type(n)", "userdata"),
    ])
    func aMemberAnswers(_ expression: String, _ expected: LuaValue) throws {
        #expect(
            try makeVM().run("local n = newDNSName('www.Example.org') return \(expression)")
                == [expected])
    }

    @Test func choppingShortensTheNameItself() throws {
        let results = try makeVM().run(
            """
            local n, said = newDNSName('a.bc.Def'), {}
            repeat said[#said + 1] = n:toString() until not n:chopOff()
            return table.concat(said, ' '), n:wirelength()
            """)
        #expect(results == ["a.bc.Def. bc.Def. Def. .", 1])
    }

    @Test(arguments: [
        ("n.toString()", "a name's method must be called with a colon (name:toString())"),
        ("n.x = 1", "fields of a name cannot be changed"),
        ("n:isPartof('x')", "a name has no field 'isPartof' (did you mean 'isPartOf'?)"),
        ("n:isPartOf(3)", "isPartOf: give a name or text, not number"),
        ("n:isPartOf('a..b')", "isPartOf: name \"a..b\": empty label"),
        ("return n < 'x'", "attempt to compare userdata with string"),
        ("return n .. {}", "attempt to concatenate a table value"),
        ("newDNSNameFromRaw('\\1a')", "newDNSNameFromRaw: these octets are no name in wire form"),
        ("newDNSNameFromRaw('\\0\\0')", "newDNSNameFromRaw: these octets are no name in wire form"),
    ])
    func aMistakeSaysWhatIsWrong(_ statement: String, _ message: String) throws {
        let error = try makeVM().failure("local n = newDNSName('www.Example.org')\n\(statement)")
        #expect(error?.description == "/etc/test.lua:2: \(message)")
    }

    @Test func namesAreCollected() throws {
        let vm = try makeVM(memoryBytesMax: 1 << 20)
        #expect(
            try vm.run("for i = 1, 1e5 do newDNSName('n' .. i .. '.example') end return 1") == [1])
    }
}
