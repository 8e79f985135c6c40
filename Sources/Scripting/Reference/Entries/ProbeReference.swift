// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let probes = """
        dns → table
        tcp → table
        exec → table
        check → table
            Calls that wait, in a check's run only.
        dns.query{server = "192.0.2.1", name = "example.org", …} → reply
            Asks a server. Raises when no answer comes.
        dns.query.server = "192.0.2.1:53"
            Whom to ask. Required.
        dns.query.name = "example.org"
            Required.
        dns.query.type = "A"
        dns.query.class = "IN"
            By name or number.
        dns.query.transport = "udp"
            "udp" asks again over TCP when the answer is truncated; "tcp"; "both" needs both to
            answer.
        dns.query.timeout = seconds
            Unless given, what is left of the run.
        dns.query.retries = 0
            Tries after the first.
        dns.query.recursionDesired = true
        dns.query.checkingDisabled = false
        dns.query.dnssecOK = false
            Flags of the query.
        dns.query.payloadSize = 1232
            The size of an answer over UDP that EDNS offers.
        dns.query.nsid = false
            Asks for the server's name (RFC 5001); it is in reply.edns.nsid.
        dns.query.source = "192.0.2.9"
            The address to ask from.
        reply.ok → true or false
            Whether the response code is NOERROR.
        reply.rcode → number
        reply.rcodeName → text
            The response code.
        reply.authoritative → true or false
        reply.truncated → true or false
        reply.recursionAvailable → true or false
        reply.authenticData → true or false
        reply.recursionDesired → true or false
        reply.checkingDisabled → true or false
            Flags of the answer.
        reply.answers → list
        reply.authority → list
        reply.additional → list
            The records of each section.
        reply.seconds → number
        reply.size → number
            How long it took, and its bytes.
        reply.transport → text
            "udp" or "tcp": what the answer came over.
        reply.edns → table or nil
            What the answer says with EDNS; nil when it says nothing.
        edns.version → number
        edns.payloadSize → number
        edns.dnssecOK → true or false
            Of its OPT record.
        edns.nsid → text or nil
            The server's name, when it was asked for.
        edns.extendedErrors → list
            Each with `code` and `text` (RFC 8914).
        record.name → text
        record.type → number
        record.typeName → text
        record.class → number
        record.ttl → number
        record.data → text
            Of every record; `data` as in a zone file.
        record.address → text
            Of A and AAAA.
        record.target → text
            Of CNAME, NS, PTR, SRV, SVCB and HTTPS.
        record.preference → number
        record.exchange → text
            Of MX.
        record.priority → number
        record.weight → number
        record.port → number
            Of SRV; the priority of SVCB and HTTPS too.
        record.text → text
        record.texts → list
            Of TXT: all strings together, and one by one.
        record.mname → text
        record.rname → text
        record.serial → number
        record.refresh → number
        record.retry → number
        record.expire → number
        record.minimum → number
            Of SOA.
        record.flags → number
        record.tag → text
        record.value → text
            Of CAA.
        record.parameters → table
            Of SVCB and HTTPS, by name.
        record.rdata → text
        record.hex → text
            Of every other type: as on the wire, and in hexadecimal.
        tcp.connect{address = "192.0.2.1:25", …} → connection
            Opens a connection, which the end of the run closes. `tcp.connect("192.0.2.1:25")` does
            the same.
        tcp.connect.address = "192.0.2.1:25"
            Required, with its port.
        tcp.connect.timeout = seconds
            Unless given, what is left of the run.
        tcp.connect.source = "192.0.2.9"
            The address to connect from.
        tcp.connect.tls = true
            refused: connections are not encrypted
        connection:read(count or "line") → text or nil
            Waits for so many bytes or for a line; nil when the peer closed.
        connection:write(text)
            Sends all of it.
        connection:close()
            Closes it.
        exec.run{"program", "argument", …} → result
            Runs a program in a process group of its own, all of which is killed at the end of the
            run.
        exec.shell("line") → result
            Runs a line of shell.
        exec.check{"program", …} → result
            As exec.run or exec.shell, and raises unless the status is 0.
        exec.run.timeout = seconds
        exec.shell.timeout = seconds
        exec.check.timeout = seconds
            Unless given, what is left of the run.
        exec.run.environment = {NAME = "value"}
        exec.shell.environment = {NAME = "value"}
        exec.check.environment = {NAME = "value"}
            Added to the program's environment.
        result.status → number
            Its exit status.
        result.stdout → text
        result.stderr → text
            What it printed, bounded.
        result.truncated → true or false
            Whether it printed more.
        result.seconds → number
            How long it took.
        check.all{function, …} → verdict, detail
        check.any{function, …} → verdict, detail
            Runs functions of a check side by side: up when all are, or when one is.
        check.quorum(count, {function, …}) → verdict, detail
            The same, up when so many are.
        sleep(seconds)
            Waits; other checks run.
        http → table
        file → table
            What speaks HTTP, and what looks at files; both are for checks.
        checks → table
            The ready-made checks of Policies/checks: checks.dns{…} returns a function for
            newCheck's run.
        http.get{url = "https://…"} → response
            Makes a request; raises when no response comes, or when its certificate is not good.
        http.get.url = "https://192.0.2.1/health"
        http.get.method = "GET"
        http.get.headers = {NAME = "value"}
        http.get.body = "text"
            What is asked, and with what.
        http.get.timeout = seconds
            Unless given, what is left of the run.
        http.get.verify = true
        http.get.caFile = "/etc/ssl/certs/ca.pem"
            Whether the certificate must be good, and whose word is taken for it.
        http.get.followRedirects = false
            Whether a redirect is followed.
        response.status → number
        response.headers → table
        response.body → text
        response.truncated → true or false
        response.seconds → number
            The response: its status, its headers by name in small letters, its body, bounded,
            whether there was more of it, and how long it took.
        tcp.connect.tls.serverName = "name"
        tcp.connect.tls.verify = true
        tcp.connect.tls.caFile = "/etc/ssl/certs/ca.pem"
            Of tls = {…}: the name that the certificate must have, whether it must be good, and whose
            word is taken for it.
        file.exists(path) → true or false
        file.age(path) → number or nil
        file.read(path) → text
            Whether a file is there, the seconds since it was changed, and what is in it, bounded.
        """
}
