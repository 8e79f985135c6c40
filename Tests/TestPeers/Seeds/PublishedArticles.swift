// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What two operators published, cut out of their articles when the tests run: it is not ours to
/// commit. They lie beside the repository, in `shared/seeds`; elsewhere equivalents of our own stand in.
public enum PublishedArticles {
    /// The neighbour with the nested watchdog; its IPv6 prefix, which is blacked out, put back.
    public static var neighbor: String {
        let published = cut(
            "watchdog anycastdns withdraw", from: "\nneighbor 10.1.53.254 {", to: "\n}\n")
        guard let published else { return neighborEquivalent }
        return (String(published.dropFirst()) + "\n}\n").replacing(
            "xxxx.xxxx.xxxx", with: "2001:db8:1")
    }

    /// The Perl program that watches the nameserver.
    public static var watchdog: String {
        let end = "\treturn 0;\n}\n"
        return cut("watchdog anycastdns withdraw", from: "#!/usr/bin/perl", to: end).map {
            $0 + end
        }
            ?? watchdogEquivalent
    }

    /// The INI section of healthcheck.pl.
    public static var healthcheck: String {
        cut("[dns1v4]", from: "[dns1v4]", to: "{% endhighlight %}") ?? """
            [dns1v4]
            nexthop=192.160.102.230
            command="dig @192.160.102.235 a.root-servers.net. a +short"
            ip=192.160.102.235
            disable=/etc/exabgp/healthcheck_dns1v4.disable

            """
    }

    private static let neighborEquivalent = """
        neighbor 10.1.53.254 {
          router-id 10.1.53.11;
          local-address 10.1.53.11;
          local-as 64601;
          peer-as 64601;
          hold-time 10;
          process watch-nameserver { run /usr/local/bin/nameserver_watchdog; }
          static {
            route 10.1.53.1/32 next-hop 10.1.53.11 watchdog anycastdns withdraw;
            route 10.1.53.2/32 next-hop 10.1.53.11 watchdog anycastdns withdraw;
            route 2001:db8:1:53::1/128 next-hop 2001:db8:1:53::11 watchdog anycastdns withdraw;
            route 2001:db8:1:53::2/128 next-hop 2001:db8:1:53::11 watchdog anycastdns withdraw;
          }
        }

        """

    private static let watchdogEquivalent = """
        #!/usr/bin/perl
        use strict;
        use Net::DNS;
        $| = 1;
        open(my $file, '<', '/etc/nameserver_watchdog.conf') or die;
        chomp(my $line = <$file>);
        my ($address, $name) = split /:/, $line;
        my $said = '';
        while (1) {
            my $resolver = Net::DNS::Resolver->new(nameservers => [$address], udp_timeout => 2, retry => 1);
            my $reply = eval { $resolver->query($name, 'SOA') };
            my $word = $reply ? 'announce' : 'withdraw';
            print "$word watchdog anycastdns\\n" if $word ne $said;
            $said = $word;
            sleep 10;
        }

        """

    private static func cut(_ word: String, from start: String, to end: String) -> String? {
        guard let article = article(mentioning: word),
            let first = article.firstRange(of: start),
            let last = article[first.upperBound...].firstRange(of: end)
        else { return nil }
        return String(article[first.lowerBound..<last.lowerBound])
    }

    private static func article(mentioning word: String) -> String? {
        // …/Tests/TestPeers/Seeds/ThisFile.swift
        let repository = (0..<4).reduce(URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()) {
            url, _ in url.deletingLastPathComponent()
        }
        let folder = repository.appending(path: "../shared/seeds").standardizedFileURL.path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().lazy
            .compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }
            .map { String(decoding: $0, as: UTF8.self) }
            .first { $0.contains(word) }
    }
}
