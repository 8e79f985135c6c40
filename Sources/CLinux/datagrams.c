// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103  // linux/udp.h
#endif

_Static_assert(sizeof(clinux_message) == sizeof(struct mmsghdr), "the kernel's layout");
_Static_assert(
    offsetof(clinux_message, length) == offsetof(struct mmsghdr, msg_len), "the kernel's layout");
_Static_assert(
    CMSG_SPACE(sizeof(struct in6_pktinfo)) <= CLINUX_CONTROL_BYTES
        && CMSG_SPACE(sizeof(struct in_pktinfo)) <= CLINUX_CONTROL_BYTES,
    "room for either family");

int clinux_receive(int descriptor, clinux_message *messages, uint32_t count) {
    int result = recvmmsg(descriptor, (struct mmsghdr *)messages, count, MSG_DONTWAIT, NULL);
    return result < 0 ? -errno : result;
}

int clinux_send(int descriptor, clinux_message *messages, uint32_t count) {
    int result = sendmmsg(
        descriptor, (struct mmsghdr *)messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    return result < 0 ? -errno : result;
}

bool clinux_local_address(const clinux_message *message, uint16_t port_big_endian, void *local) {
    struct msghdr *header = (struct msghdr *)&message->header;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(part), sizeof info);
            struct sockaddr_in four = {
                .sin_family = AF_INET, .sin_port = port_big_endian, .sin_addr = info.ipi_addr};
            memcpy(local, &four, sizeof four);
            return true;
        }
        if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(part), sizeof info);
            struct sockaddr_in6 six = {
                .sin6_family = AF_INET6, .sin6_port = port_big_endian, .sin6_addr = info.ipi6_addr};
            // An interface is part of a link-local address only. For the others routing decides, or
            // an answer could not leave by another interface than the query came in.
            if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) six.sin6_scope_id = info.ipi6_ifindex;
            memcpy(local, &six, sizeof six);
            return true;
        }
    }
    return false;
}

void clinux_set_source(clinux_message *message, void *control, const void *local) {
    struct msghdr *header = &message->header;
    memset(control, 0, CLINUX_CONTROL_BYTES);
    header->msg_control = control;
    header->msg_controllen = CLINUX_CONTROL_BYTES;
    struct cmsghdr *part = CMSG_FIRSTHDR(header);
    sa_family_t family;
    memcpy(&family, local, sizeof family);
    if (family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, local, sizeof four);
        struct in_pktinfo info = {.ipi_spec_dst = four.sin_addr};
        part->cmsg_level = IPPROTO_IP;
        part->cmsg_type = IP_PKTINFO;
        part->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(part), &info, sizeof info);
        header->msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        struct sockaddr_in6 six;
        memcpy(&six, local, sizeof six);
        struct in6_pktinfo info = {
            .ipi6_addr = six.sin6_addr, .ipi6_ifindex = six.sin6_scope_id};
        part->cmsg_level = IPPROTO_IPV6;
        part->cmsg_type = IPV6_PKTINFO;
        part->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(part), &info, sizeof info);
        header->msg_controllen = CMSG_SPACE(sizeof info);
    }
}

void clinux_set_segment(clinux_message *message, void *control, uint16_t bytes) {
    struct msghdr *header = &message->header;
    memset(control, 0, CMSG_SPACE(sizeof bytes));
    header->msg_control = control;
    header->msg_controllen = CMSG_SPACE(sizeof bytes);
    struct cmsghdr *part = CMSG_FIRSTHDR(header);
    part->cmsg_level = IPPROTO_UDP;
    part->cmsg_type = UDP_SEGMENT;
    part->cmsg_len = CMSG_LEN(sizeof bytes);
    memcpy(CMSG_DATA(part), &bytes, sizeof bytes);
}

int clinux_take_error(int descriptor, void *buffer, size_t capacity, size_t *length) {
    unsigned char control[512];
    struct iovec vector = {.iov_base = buffer, .iov_len = capacity};
    struct msghdr header = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
        .msg_controllen = sizeof control};
    ssize_t result = recvmsg(descriptor, &header, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (result < 0) return errno == EAGAIN ? 0 : -errno;
    *length = (size_t)result;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part != NULL;
         part = CMSG_NXTHDR(&header, part)) {
        bool is_error = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR)
            || (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
        if (!is_error) continue;
        struct sock_extended_err failure;
        memcpy(&failure, CMSG_DATA(part), sizeof failure);
        return failure.ee_errno != 0 ? (int)failure.ee_errno : EIO;
    }
    return EIO;
}

int clinux_receive_with_ttl(
    int descriptor, void *buffer, size_t capacity, struct sockaddr_storage *sender, int *ttl) {
    unsigned char control[64];
    struct iovec vector = {.iov_base = buffer, .iov_len = capacity};
    struct msghdr header = {
        .msg_name = sender, .msg_namelen = sizeof *sender, .msg_iov = &vector, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof control};
    ssize_t result = recvmsg(descriptor, &header, MSG_DONTWAIT);
    if (result < 0) return -errno;
    *ttl = -1;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part != NULL;
         part = CMSG_NXTHDR(&header, part)) {
        bool is_ttl = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL)
            || (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT);
        if (is_ttl) memcpy(ttl, CMSG_DATA(part), sizeof *ttl);
    }
    return (int)result;
}

int clinux_flag_truncated(void) { return MSG_TRUNC; }
