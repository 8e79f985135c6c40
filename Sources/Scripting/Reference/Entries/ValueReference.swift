// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let values = """
        newDNSName(text) → name
            A name of DNS, compared and ordered as DNS does. Text does for most calls that take one.
        newDNSNameFromRaw(octets) → name
            The same, from its wire form.
        name:toString() → text
        name:tostring() → text
            With the dot at its end.
        name:toStringNoDot() → text
            Without it.
        name:toDNSString() → text
        name:toDNSStringLC() → text
            Its wire form; the second in lower case.
        name:countLabels() → number
        name:wirelength() → number
            Labels without the root, and octets on the wire.
        name:isRoot() → true or false
            Whether it is the root.
        name:isPartOf(name) → true or false
            Whether it is that name or below it.
        name:chopOff() → true or false
            Takes the first label off, in place; false for the root.
        name:makeRelative(zone) → name
            What is left of the zone.
        newCA(text) → address
            An address, with a port when the text has one.
        newCAFromRaw(octets [, port]) → address
            The same, from 4 or 16 octets.
        address:toString() → text
        address:tostring() → text
            Without the port.
        address:toStringWithPort() → text
        address:tostringWithPort() → text
            With the port.
        address:toStringWithPortExcept(port) → text
            With the port unless it is that one.
        address:getPort() → number
            Its port.
        address:getRaw() → text
            Its 4 or 16 octets.
        address:isIPv4() → true or false
        address:isIPv6() → true or false
            Its family.
        address:isMappedIPv4() → true or false
            Whether it is an IPv4 address written as IPv6 (::ffff:0:0/96).
        address:mapToIPv4() → address
            The IPv4 address of such a one.
        address:truncate(bits)
            Zeroes what comes after so many bits, in place.
        newNetmask(text) → netmask
            A network.
        netmask:toString() → text
        netmask:tostring() → text
            As written, with its length.
        netmask:getBits() → number
            Its length.
        netmask:getNetwork() → address
        netmask:getMaskedNetwork() → address
            Its address as given, and with the host's bits zeroed.
        netmask:isIPv4() → true or false
        netmask:isIpv4() → true or false
        netmask:isIPv6() → true or false
        netmask:isIpv6() → true or false
            Its family.
        netmask:match(address) → true or false
            Whether the address is in it.
        netmask:empty() → true or false
            Whether it is no network at all.
        newNMG() → netmask group
            A set of networks; `!` in front of one takes it out of a larger one.
        netmaskGroup:addMask(network or list)
        netmaskGroup:addMasks(list)
        netmaskGroup:addNMG(netmask group)
            Adds to it.
        netmaskGroup:remove(network or list)
        netmaskGroup:delete(network or list)
            Takes networks out, as they were added.
        netmaskGroup:match(address) → true or false
            Whether the address is in it.
        netmaskGroup:size() → number
            How many networks there are.
        netmaskGroup:clear()
            Takes all out.
        netmaskGroup:toString() → text
            All of them.
        newSuffixMatchNode() → suffix match node
            A set of names that stands for all that is below them, too. All virtual machines share
            it.
        suffixMatchNode:add(name or list)
        suffixMatchNode:remove(name or list)
            Adds names, or takes them out.
        suffixMatchNode:check(name) → true or false
            Whether the name is one of them, or below one.
        suffixMatchNode:getBestMatch(name) → name or nil
            The longest of them that the name is below.
        suffixMatchNode:clear()
            Takes all out.
        suffixMatchNode:size() → number
            How many there are.
        newDNSNameSet() → name set
            A set of names.
        nameSet:add(name)
        nameSet:delete(name)
            Adds a name, or takes it out.
        nameSet:check(name) → true or false
            Whether the name is one of them.
        nameSet:size() → number
        nameSet:empty() → true or false
        nameSet:clear()
            How many there are, whether there is none, and no more of them.
        nameSet:toString() → text
            All of them.
        """
}
