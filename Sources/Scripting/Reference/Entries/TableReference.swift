// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let tables = """
        DNSQType → table
            Types of records: DNSQType.A is 1.
        DNSRCode → table
            Response codes: DNSRCode.NXDOMAIN is 3.
        DNSClass → table
            Classes: DNSClass.IN is 1, DNSClass.CHAOS is 3.
        DNSOpcode → table
            DNSOpcode.Query is 0, DNSOpcode.Notify is 4, DNSOpcode.Update is 5.
        DNSAction → table
            What a LuaAction returns, in dnsdist's numbers.
        """
}
