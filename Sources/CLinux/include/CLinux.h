// SPDX-License-Identifier: Apache-2.0
//
// What Linux offers and Swift's Glibc module does not import: vectors of datagrams, control
// messages, epoll, eventfd, and socket options behind _GNU_SOURCE. This header does not define
// _GNU_SOURCE, which would collide with that module. Calls return what the kernel returned, or the
// negated errno; none allocates.

#ifndef CLINUX_H
#define CLINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/uio.h>

// MARK: Datagrams

/// The kernel's `struct mmsghdr`, under a name that needs no _GNU_SOURCE.
typedef struct clinux_message {
    struct msghdr header;
    /// Octets received or sent.
    uint32_t length;
} clinux_message;

/// Octets of control data that hold one packet-information message of either family.
enum { CLINUX_CONTROL_BYTES = 64 };

/// recvmmsg(2) without waiting: how many messages were filled, or -errno.
int clinux_receive(int descriptor, clinux_message *messages, uint32_t count);

/// sendmmsg(2) without waiting: how many messages left, or -errno of the first.
int clinux_send(int descriptor, clinux_message *messages, uint32_t count);

/// Reads the address a datagram was sent to from its control data into `local`, a `sockaddr_in` or
/// `sockaddr_in6` (28 octets of room), with the port given in network order. False without one.
bool clinux_local_address(const clinux_message *message, uint16_t port_big_endian, void *local);

/// Makes a message leave from the address in `local` (as clinux_local_address wrote it), by control
/// data in `control`, CLINUX_CONTROL_BYTES octets.
void clinux_set_source(clinux_message *message, void *control, const void *local);

/// Makes the kernel cut a message into datagrams of `bytes` octets (UDP_SEGMENT); the last may be
/// shorter. `control` has CLINUX_CONTROL_BYTES.
void clinux_set_segment(clinux_message *message, void *control, uint16_t bytes);

/// Takes one entry from a socket's error queue: the errno of the failure, 0 when the queue is empty,
/// or -errno. `length` receives the octets of the refused datagram that were kept in `buffer`.
int clinux_take_error(int descriptor, void *buffer, size_t capacity, size_t *length);

/// MSG_TRUNC: the datagram was longer than its buffer.
int clinux_flag_truncated(void);

// MARK: Socket options. Each returns 0 or -errno.

/// A non-blocking, close-on-exec datagram or stream socket, or -errno.
int clinux_socket_datagram(int family);
int clinux_socket_stream(int family);
int clinux_set_reuse_port(int descriptor, bool on);
int clinux_set_reuse_address(int descriptor, bool on);
/// IP_FREEBIND or IPV6_FREEBIND: bind to an address that may appear later.
int clinux_set_free_bind(int descriptor, int family);
/// IP_PKTINFO or IPV6_RECVPKTINFO.
int clinux_set_packet_information(int descriptor, int family);
int clinux_set_v6_only(int descriptor);
/// IP_RECVERR or IPV6_RECVERR: ICMP errors are queued with the datagram that caused them.
int clinux_set_receive_errors(int descriptor, int family);
/// IP_PMTUDISC_OMIT: a forged "fragmentation needed" cannot shrink our answers.
int clinux_set_ignore_path_mtu(int descriptor, int family);
int clinux_set_receive_buffer(int descriptor, int bytes);
/// What clinux_set_receive_buffer would have to be told for the present size, or -errno.
int clinux_receive_buffer(int descriptor);
/// Microseconds that the datagram received last lay in the queue; -1 when the kernel cannot say, as
/// for what came before the first call.
int64_t clinux_waited_microseconds(int descriptor);
/// Datagrams that the kernel dropped because the socket's queue was full, modulo 2^32; -errno.
int64_t clinux_queue_drops(int descriptor);
int clinux_set_send_buffer(int descriptor, int bytes);
/// SO_BINDTODEVICE.
int clinux_bind_to_device(int descriptor, const char *interface);
/// SO_BINDTOIFINDEX.
int clinux_bind_to_interface(int descriptor, uint32_t index);
/// The pending SO_ERROR, as a positive errno; 0 for none.
int clinux_take_pending_error(int descriptor);

/// TCP_FASTOPEN on a socket that will listen (RFC 7413): connections whose SYN carries data and that
/// are not accepted yet. Works where the sysctl net.ipv4.tcp_fastopen has the bit 2.
int clinux_set_fast_open(int descriptor, int queue_length);
/// TCP_FASTOPEN_CONNECT: connect(2) returns at once when the server's cookie is known, and the SYN
/// carries what is written first.
int clinux_set_fast_open_connect(int descriptor);
/// TCP_NOTSENT_LOWAT: octets that may wait in the kernel without having been sent. Accepted sockets
/// have it from the one that listens.
int clinux_set_unsent_max(int descriptor, int bytes);

// MARK: For BGP

/// TCP_MD5SIG (RFC 2385) for a peer, `sockaddr_in` or `sockaddr_in6`; a length of 0 removes it.
int clinux_set_tcp_md5(
    int descriptor, const void *peer, socklen_t peer_length, const void *key, size_t key_length);
/// The same for all peers whose address begins with the first `prefix_length` bits of `peer`
/// (TCP_MD5SIG_EXT).
int clinux_set_tcp_md5_range(
    int descriptor, const void *peer, socklen_t peer_length, uint8_t prefix_length,
    const void *key, size_t key_length);
/// The longest key TCP_MD5SIG takes.
int clinux_tcp_md5_key_bytes_max(void);
/// IP_TTL or IPV6_UNICAST_HOPS.
int clinux_set_ttl(int descriptor, int family, int ttl);
/// IP_MINTTL or IPV6_MINHOPCOUNT (GTSM, RFC 5082).
int clinux_set_ttl_min(int descriptor, int family, int ttl);
/// IP_TOS or IPV6_TCLASS.
int clinux_set_traffic_class(int descriptor, int family, int value);
/// IP_RECVTTL or IPV6_RECVHOPLIMIT: datagrams tell how far they came.
int clinux_set_receive_ttl(int descriptor, int family);
/// Receives one datagram, its sender and its TTL (-1 when the kernel did not tell); the octets
/// received, or -errno (-EAGAIN when none waits). For BFD (RFC 5881 §5).
int clinux_receive_with_ttl(
    int descriptor, void *buffer, size_t capacity, struct sockaddr_storage *sender, int *ttl);
/// Octets not yet sent or not yet acknowledged (SIOCOUTQ), or -errno.
int clinux_unsent_bytes(int descriptor);
/// Octets received and not yet read (SIOCINQ), or -errno.
int clinux_unread_bytes(int descriptor);

// MARK: Waiting

typedef struct clinux_event {
    uint64_t key;
    bool is_readable;
    bool has_failed;
} clinux_event;

/// Events at most that one clinux_poll_wait returns.
enum { CLINUX_EVENTS_MAX = 64 };

int clinux_poll_create(void);
int clinux_poll_add(int poll, int descriptor, uint64_t key);
int clinux_poll_remove(int poll, int descriptor);
/// epoll_wait(2): the number of events, 0 also after a signal, or -errno.
int clinux_poll_wait(int poll, clinux_event *events, int count, int timeout_milliseconds);

int clinux_wake_create(void);
void clinux_wake_signal(int descriptor);
void clinux_wake_clear(int descriptor);

// MARK: Threads and limits

typedef void *(*clinux_thread_main)(void *context);

/// Starts a thread with all signals blocked but the synchronous ones and the real-time ones: the
/// budget of scripts is a real-time signal sent to the thread itself (CLua/budget.c). 0 or -errno.
int clinux_thread_start(
    uint64_t *thread, const char *name, clinux_thread_main main, void *context);
int clinux_thread_join(uint64_t thread);
/// Waits at most so long for its end; -ETIMEDOUT when it has not come.
int clinux_thread_join_within(uint64_t thread, uint64_t microseconds);
/// The kernel's number of the calling thread (gettid(2)).
int clinux_thread_number(void);
/// Pins the calling thread to the n-th processor of its affinity mask (modulo their count).
int clinux_thread_pin(uint32_t index);
/// Runs the calling thread before all that are not real-time (SCHED_RR, lowest priority): 0 or -errno,
/// -EPERM without CAP_SYS_NICE or a limit that allows it.
int clinux_thread_hurry(void);
/// Processors in the calling thread's affinity mask, at least 1.
int clinux_processor_count(void);

/// Raises the soft limit of open files to `wanted`, or as far as the hard limit lets it. Returns the
/// new soft limit, or -errno.
int64_t clinux_raise_file_limit(uint64_t wanted);

/// Fills a buffer with the kernel's random octets.
void clinux_random(void *buffer, size_t length);

/// CLOCK_MONOTONIC in microseconds.
uint64_t clinux_now_microseconds(void);

/// Whether something keeps the wall clock right, by the kernel's word (adjtimex(2)).
int clinux_clock_is_synchronised(void);

// MARK: Addresses of this host

/// A descriptor that is readable when an address or a link of this host came, went or changed, or
/// -errno. What is read of it need not be understood.
int clinux_address_events_open(void);

// MARK: Files

/// Which file it is: two paths with the same identity are one file.
typedef struct {
    uint64_t device;
    uint64_t inode;
} clinux_file_identity;

/// stat(2) of a path, or fstat(2) of a descriptor: 0 or -errno.
int clinux_identity_of_path(const char *path, clinux_file_identity *identity);
int clinux_identity_of_descriptor(int descriptor, clinux_file_identity *identity);

// MARK: Processes

/// posix_spawn_file_actions_addclosefrom_np(3): 0 or an errno.
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest);

/// Starts `/bin/sh -c command` with the standard descriptors alone and no signal blocked, and
/// returns its process id, or -errno. Unless `output` is NULL its standard output is a pipe, whose
/// end to read from is stored there.
int clinux_shell_start(const char *command, int *output);

#endif
