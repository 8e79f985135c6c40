// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch an address or netmask object whose member answers something else than dnsdist's, and
/// a text that is taken for one and is none.
@Suite struct AddressObjectTests {
    @Test(arguments: [
        ("four:toString()", "192.0.2.9" as LuaValue), ("four:tostring()", "192.0.2.9"),
        ("tostring(four)", "192.0.2.9"), ("four:toStringWithPort()", "192.0.2.9:5353"),
        ("four:tostringWithPort()", "192.0.2.9:5353"), ("six:toString()", "2001:db8::1"),
        ("six:toStringWithPort()", "[2001:db8::1]:53"),
        ("six:toStringWithPortExcept()", "2001:db8::1"),
        ("four:toStringWithPortExcept()", "192.0.2.9:5353"),
        ("four:toStringWithPortExcept(5353)", "192.0.2.9"), ("four:getPort()", 5353),
        ("newCA('::1'):getPort()", 0), ("newCA('::1'):toStringWithPort()", "[::1]:0"),
        ("newCA('[::1]'):toString()", "::1"), ("four:isIPv4()", .boolean(true)),
        ("four:isIPv6()", .boolean(false)), ("six:isIPv4()", .boolean(false)),
        ("six:isIPv6()", .boolean(true)), ("four:isMappedIPv4()", .boolean(false)),
        ("mapped:isMappedIPv4()", .boolean(true)),
        ("mapped:mapToIPv4():toStringWithPort()", "192.0.2.9:7"),
        ("#four:getRaw()", 4), ("#six:getRaw()", 16), ("four:getRaw():byte(4)", 9),
        ("four == newCA('192.0.2.9:5353')", .boolean(true)),
        ("four == newCA('192.0.2.9')", .boolean(false)),
        ("four == six", .boolean(false)),
        ("newCAFromRaw('\\1\\2\\3\\4', 53):toStringWithPort()", "1.2.3.4:53"),
        ("newCAFromRaw(('\\0'):rep(15) .. '\\1'):toString()", "::1"),
        ("newCA(four) == four", .boolean(true)),
    ])
    func aMemberAnswers(_ expression: String, _ expected: LuaValue) throws {
        let results = try makeVM().run(
            """
            local four, six = newCA('192.0.2.9:5353'), newCA('[2001:db8::1]:53')
            local mapped = newCA('[::ffff:192.0.2.9]:7')
            return \(expression)
            """)
        #expect(results == [expected])
    }

    @Test(arguments: [
        ("192.0.2.255:5", 24, "192.0.2.0"), ("192.0.2.255", 25, "192.0.2.128"),
        ("192.0.2.255", 0, "0.0.0.0"), ("192.0.2.255", 32, "192.0.2.255"),
        ("192.0.2.255", 64, "192.0.2.255"), ("2001:db8:ffff::1", 40, "2001:db8:ff00::"),
        ("2001:db8::ff", 127, "2001:db8::fe"),
    ])
    func truncatingZeroesHostBits(_ address: String, _ bits: Int, _ expected: String) throws {
        #expect(
            try makeVM().run(
                "local a = newCA('\(address)') a:truncate(\(bits)) return a:toString()")
                == [.text(expected)])
    }

    @Test(arguments: [
        "''", "'192.0.2'", "'192.0.2.1:'", "'192.0.2.1:65536'", "'192.0.2.1:x'", "'[192.0.2.1]:53'",
        "'[::1'", "'[::1]x'", "'::1:x'", "'example.org'", "'192.0.2.1\\0'", "('1'):rep(200)",
    ])
    func whatIsNoAddressSaysSo(_ text: String) throws {
        let error = try makeVM().failure("\nlocal a = newCA(\(text))")
        #expect(error?.line == 2)
        #expect(
            error?.message.hasSuffix(
                "is not an address (like 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53)") == true)
    }

    @Test(arguments: [
        ("newNetmask('192.0.2.77/24'):toString()", "192.0.2.77/24" as LuaValue),
        ("tostring(newNetmask('2001:db8::/32'))", "2001:db8::/32"),
        ("newNetmask('192.0.2.1'):getBits()", 32),
        ("newNetmask(newCA('192.0.2.1:53'), 16):toString()", "192.0.2.1/16"),
        ("newNetmask('192.0.2.77/24'):getNetwork():toString()", "192.0.2.77"),
        ("newNetmask('192.0.2.77/24'):getMaskedNetwork():toString()", "192.0.2.0"),
        ("newNetmask('192.0.2.77/24'):match('192.0.2.1')", .boolean(true)),
        ("newNetmask('192.0.2.77/24'):match(newCA('192.0.3.1:53'))", .boolean(false)),
        ("newNetmask('::/0'):match('192.0.3.1')", .boolean(false)),
        ("newNetmask('::/0'):match('2001:db8::1')", .boolean(true)),
        ("newNetmask('::/0'):isIPv6()", .boolean(true)),
        ("newNetmask('::/0'):isIpv4()", .boolean(false)),
        ("newNetmask('192.0.2.0/24') == newNetmask('192.0.2.0/24')", .boolean(true)),
        ("newNetmask('192.0.2.0/24') == newNetmask('192.0.2.0/25')", .boolean(false)),
        ("newNetmask('192.0.2.0/24'):empty()", .boolean(false)),
    ])
    func aNetmaskAnswers(_ expression: String, _ expected: LuaValue) throws {
        #expect(try makeVM().run("return \(expression)") == [expected])
    }

    @Test(arguments: [
        ("newNetmask('192.0.2.0/33')", "newNetmask: '192.0.2.0/33' is not a netmask (like"),
        ("newNetmask('192.0.2.0/')", "newNetmask: '192.0.2.0/' is not a netmask (like"),
        ("newNetmask('x/8')", "newNetmask: 'x/8' is not a netmask (like"),
        ("newNetmask()", "newNetmask: give a netmask or an address, not no value"),
        ("newNetmask(newCA('::1'), 129)", "newNetmask: bits must be from 0 to 128"),
        ("newCA(5)", "newCA: give an address or text, not number"),
        ("newCA('::1'):mapToIPv4()", "mapToIPv4: only an IPv4-mapped IPv6 address"),
        ("newCA('::1'):truncate(-1)", "truncate: give a number of bits from 0"),
        ("newCA('::1').toString()", "an address's method must be called with a colon"),
        ("newCA('::1'):toStrin()", "an address has no field 'toStrin' (did you mean 'toString'?)"),
        ("newCAFromRaw('abc')", "newCAFromRaw: give 4 or 16 octets, not 3"),
    ])
    func aMistakeSaysWhatIsWrong(_ statement: String, _ message: String) throws {
        let error = try makeVM().failure("\nlocal x = \(statement)")
        #expect(error?.description.hasPrefix("/etc/test.lua:2: \(message)") == true)
    }
}
