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
        DNSSection → table
            DNSSection.Question is 0, Answer 1, Authority 2, Additional 3.
        EDNSOptionCode → table
            Codes of EDNS options: EDNSOptionCode.ECS is 8.
        dnsdist → table
            Types and response codes together: dnsdist.NAPTR, dnsdist.SERVFAIL.
            dnsdist: removed there in 1.4 in favour of DNSQType and DNSRCode.
        DNSResponseAction → table
            What a LuaResponseAction returns, in dnsdist's numbers.
        DNSAction → table
            What a LuaAction returns, in dnsdist's numbers.
        DNSCryptExchangeVersion → table
            Numbers by name, for files that have it; nothing listens for DNSCrypt.
        """
}
