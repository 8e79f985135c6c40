// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78  // linux/in6.h
#endif
#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73  // linux/in6.h
#endif
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62  // asm-generic/socket.h
#endif
#ifndef IP_PMTUDISC_OMIT
#define IP_PMTUDISC_OMIT 5  // linux/in.h
#endif
#ifndef IPV6_PMTUDISC_OMIT
#define IPV6_PMTUDISC_OMIT 5  // linux/in6.h
#endif

static int set(int descriptor, int level, int option, int value) {
    return setsockopt(descriptor, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

static int set_by_family(int descriptor, int family, int four, int six, int value) {
    return family == AF_INET6 ? set(descriptor, IPPROTO_IPV6, six, value)
                              : set(descriptor, IPPROTO_IP, four, value);
}

static int open_socket(int family, int type) {
    int result = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return result < 0 ? -errno : result;
}

int clinux_socket_datagram(int family) { return open_socket(family, SOCK_DGRAM); }
int clinux_socket_stream(int family) { return open_socket(family, SOCK_STREAM); }

int clinux_set_fast_open(int descriptor, int queue_length) {
    return set(descriptor, IPPROTO_TCP, TCP_FASTOPEN, queue_length);
}

int clinux_set_fast_open_connect(int descriptor) {
    return set(descriptor, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
}

int clinux_set_unsent_max(int descriptor, int bytes) {
    return set(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes);
}

int clinux_set_reuse_port(int descriptor, bool on) {
    return set(descriptor, SOL_SOCKET, SO_REUSEPORT, on);
}

int clinux_set_reuse_address(int descriptor, bool on) {
    return set(descriptor, SOL_SOCKET, SO_REUSEADDR, on);
}

int clinux_set_free_bind(int descriptor, int family) {
    return set_by_family(descriptor, family, IP_FREEBIND, IPV6_FREEBIND, 1);
}

int clinux_set_packet_information(int descriptor, int family) {
    return set_by_family(descriptor, family, IP_PKTINFO, IPV6_RECVPKTINFO, 1);
}

int clinux_set_v6_only(int descriptor) { return set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1); }

int clinux_set_receive_errors(int descriptor, int family) {
    return set_by_family(descriptor, family, IP_RECVERR, IPV6_RECVERR, 1);
}

int clinux_set_ignore_path_mtu(int descriptor, int family) {
    return family == AF_INET6
        ? set(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT)
        : set(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
}

int clinux_set_receive_buffer(int descriptor, int bytes) {
    return set(descriptor, SOL_SOCKET, SO_RCVBUF, bytes);
}

int clinux_receive_buffer(int descriptor) {
    int bytes = 0;
    socklen_t length = sizeof bytes;
    // The kernel doubles what it is told (socket(7)).
    return getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, &length) < 0 ? -errno : bytes / 2;
}

int64_t clinux_waited_microseconds(int descriptor) {
    struct timespec stamp;
    struct timespec now;
    // The first call has the kernel stamp what comes from then on.
    if (ioctl(descriptor, SIOCGSTAMPNS, &stamp) < 0 || stamp.tv_sec == 0) return -1;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)(now.tv_sec - stamp.tv_sec) * 1000000 + (now.tv_nsec - stamp.tv_nsec) / 1000;
}

int64_t clinux_queue_drops(int descriptor) {
    uint32_t values[SK_MEMINFO_VARS];
    socklen_t length = sizeof values;
    if (getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, values, &length) < 0) return -errno;
    return length > SK_MEMINFO_DROPS * sizeof values[0] ? values[SK_MEMINFO_DROPS] : -ENOSYS;
}

int clinux_set_send_buffer(int descriptor, int bytes) {
    return set(descriptor, SOL_SOCKET, SO_SNDBUF, bytes);
}

int clinux_bind_to_device(int descriptor, const char *interface) {
    socklen_t length = (socklen_t)strnlen(interface, IFNAMSIZ);
    return setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface, length) < 0 ? -errno : 0;
}

int clinux_bind_to_interface(int descriptor, uint32_t index) {
    return set(descriptor, SOL_SOCKET, SO_BINDTOIFINDEX, (int)index);
}

int clinux_take_pending_error(int descriptor) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) < 0 ? errno : value;
}

static int set_tcp_md5(
    int descriptor, int option, int prefix_length, const void *peer, socklen_t peer_length,
    const void *key, size_t key_length) {
    struct tcp_md5sig request;
    memset(&request, 0, sizeof request);
    if (key_length > sizeof request.tcpm_key || peer_length > sizeof request.tcpm_addr) {
        return -EINVAL;
    }
    memcpy(&request.tcpm_addr, peer, peer_length);
    request.tcpm_keylen = (uint16_t)key_length;
    if (key_length > 0) memcpy(request.tcpm_key, key, key_length);
    if (option == TCP_MD5SIG_EXT) {
        request.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
        request.tcpm_prefixlen = (uint8_t)prefix_length;
    }
    int result = setsockopt(descriptor, IPPROTO_TCP, option, &request, sizeof request);
    return result < 0 ? -errno : 0;
}

int clinux_set_tcp_md5(
    int descriptor, const void *peer, socklen_t peer_length, const void *key, size_t key_length) {
    return set_tcp_md5(descriptor, TCP_MD5SIG, 0, peer, peer_length, key, key_length);
}

int clinux_set_tcp_md5_range(
    int descriptor, const void *peer, socklen_t peer_length, uint8_t prefix_length,
    const void *key, size_t key_length) {
    return set_tcp_md5(
        descriptor, TCP_MD5SIG_EXT, prefix_length, peer, peer_length, key, key_length);
}

int clinux_tcp_md5_key_bytes_max(void) { return TCP_MD5SIG_MAXKEYLEN; }

int clinux_set_ttl(int descriptor, int family, int ttl) {
    return set_by_family(descriptor, family, IP_TTL, IPV6_UNICAST_HOPS, ttl);
}

int clinux_set_ttl_min(int descriptor, int family, int ttl) {
    return set_by_family(descriptor, family, IP_MINTTL, IPV6_MINHOPCOUNT, ttl);
}

int clinux_set_traffic_class(int descriptor, int family, int value) {
    return set_by_family(descriptor, family, IP_TOS, IPV6_TCLASS, value);
}

int clinux_set_receive_ttl(int descriptor, int family) {
    return set_by_family(descriptor, family, IP_RECVTTL, IPV6_RECVHOPLIMIT, 1);
}

int clinux_unsent_bytes(int descriptor) {
    int value = 0;
    return ioctl(descriptor, SIOCOUTQ, &value) < 0 ? -errno : value;
}

int clinux_unread_bytes(int descriptor) {
    int value = 0;
    return ioctl(descriptor, SIOCINQ, &value) < 0 ? -errno : value;
}
