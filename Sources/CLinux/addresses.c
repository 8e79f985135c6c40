// SPDX-License-Identifier: Apache-2.0
//
// rtnetlink(7): word of addresses that come and go, and addresses of our own. Those carry our number
// in IFA_PROTO (Linux 5.18), so that a later process knows them and takes away nobody else's.

#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef IFA_PROTO
#define IFA_PROTO 11
#endif

int clinux_address_events_open(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (descriptor < 0) return -errno;
    struct sockaddr_nl address = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
    };
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    int code = errno;
    close(descriptor);
    return -code;
}

struct address_request {
    struct nlmsghdr header;
    struct ifaddrmsg message;
    char attributes[128];
};

static void attach(struct address_request *request, uint16_t type, const void *value, size_t length) {
    struct rtattr *attribute =
        (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(length);
    memcpy(RTA_DATA(attribute), value, length);
    request->header.nlmsg_len =
        NLMSG_ALIGN(request->header.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
}

/// A socket that waits a second at most: the kernel answers at once.
static int open_requests(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) return -errno;
    struct timeval second = {.tv_sec = 1};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    return descriptor;
}

/// The kernel's word on one request: 0 or -errno.
static int acknowledge(int descriptor) {
    char answer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
    ssize_t count = recv(descriptor, answer, sizeof answer, 0);
    if (count < 0) return -errno;
    const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
    if (!NLMSG_OK(header, (unsigned)count) || header->nlmsg_type != NLMSG_ERROR) return -EBADMSG;
    return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
}

static int change(const clinux_host_address *address, uint16_t type, uint16_t flags) {
    size_t length = address->family == AF_INET ? 4 : 16;
    struct address_request request = {
        .header = {
            .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
            .nlmsg_type = type,
            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
        },
        .message = {
            .ifa_family = address->family,
            .ifa_prefixlen = (uint8_t)(length * 8),
            .ifa_scope = RT_SCOPE_UNIVERSE,
            .ifa_index = address->interface,
        },
    };
    attach(&request, IFA_LOCAL, address->octets, length);
    attach(&request, IFA_ADDRESS, address->octets, length);
    if (type == RTM_NEWADDR) {
        uint8_t owner = CLINUX_ADDRESS_OWNER;
        attach(&request, IFA_PROTO, &owner, sizeof owner);
        if (address->family == AF_INET6) {
            // Anycast: others have it too, and that is meant.
            uint32_t nodad = IFA_F_NODAD;
            attach(&request, IFA_FLAGS, &nodad, sizeof nodad);
        }
    }
    int descriptor = open_requests();
    if (descriptor < 0) return descriptor;
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(descriptor, &request, request.header.nlmsg_len, 0,
                          (struct sockaddr *)&kernel, sizeof kernel);
    int result = sent < 0 ? -errno : acknowledge(descriptor);
    close(descriptor);
    return result;
}

int clinux_address_add(const clinux_host_address *address) {
    return change(address, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
}

int clinux_address_remove(const clinux_host_address *address) {
    return change(address, RTM_DELADDR, 0);
}

/// Notes the address of one message of a dump if it is ours.
static void note(const struct nlmsghdr *header, clinux_host_address *found, int capacity, int *count) {
    const struct ifaddrmsg *message = NLMSG_DATA(header);
    clinux_host_address address = {
        .family = message->ifa_family, .interface = message->ifa_index,
    };
    int is_ours = 0, is_whole = 0;
    unsigned length = (unsigned)IFA_PAYLOAD(header);
    for (const struct rtattr *attribute = IFA_RTA(message); RTA_OK(attribute, length);
         attribute = RTA_NEXT(attribute, length)) {
        size_t size = RTA_PAYLOAD(attribute);
        if (attribute->rta_type == IFA_PROTO && size == 1) {
            is_ours = *(const uint8_t *)RTA_DATA(attribute) == CLINUX_ADDRESS_OWNER;
        } else if (attribute->rta_type == IFA_ADDRESS && size <= sizeof address.octets) {
            memcpy(address.octets, RTA_DATA(attribute), size);
            is_whole = message->ifa_prefixlen == size * 8;
        }
    }
    if (!is_ours || !is_whole) return;
    if (*count < capacity) found[*count] = address;
    *count += 1;
}

int clinux_addresses_of_ours(clinux_host_address *found, int capacity) {
    int descriptor = open_requests();
    if (descriptor < 0) return descriptor;
    struct address_request request = {
        .header = {
            .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
            .nlmsg_type = RTM_GETADDR,
            .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
        },
        .message = {.ifa_family = AF_UNSPEC},
    };
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    int count = 0, result = 0, is_done = 0;
    if (sendto(descriptor, &request, request.header.nlmsg_len, 0, (struct sockaddr *)&kernel,
               sizeof kernel) < 0) {
        result = -errno;
        is_done = 1;
    }
    while (!is_done) {
        // The kernel fills at most 32 KiB of a dump's message when there is room for it.
        char answer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
        ssize_t length = recv(descriptor, answer, sizeof answer, 0);
        if (length <= 0) {
            result = length < 0 ? -errno : -EBADMSG;
            break;
        }
        unsigned rest = (unsigned)length;
        for (const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
             NLMSG_OK(header, rest); header = NLMSG_NEXT(header, rest)) {
            if (header->nlmsg_type == NLMSG_DONE) is_done = 1;
            if (header->nlmsg_type == NLMSG_ERROR) {
                result = ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
                is_done = 1;
            }
            if (header->nlmsg_type == RTM_NEWADDR) note(header, found, capacity, &count);
        }
    }
    close(descriptor);
    return result < 0 ? result : count;
}

uint32_t clinux_interface_index(const char *name) { return if_nametoindex(name); }
