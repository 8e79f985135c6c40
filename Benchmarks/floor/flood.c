// SPDX-License-Identifier: Apache-2.0
//
// Offers more queries than anybody can answer, and beside them asks a few of which it measures each:
// the honest client in a flood. The flood leaves from sockets that nobody reads; the measured queries
// have a socket and threads of their own, their arrival is stamped by the kernel.
//
//   flood PORT RATE SECONDS [PROBES-PER-SECOND [NAME-LABEL]]
//
// prints, tab-separated: flooded, probes sent, answered, p50, p99, p99.9, largest (µs) during the flood;
// then, of the 100 ms after its end: sent, answered, p50, largest.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, SOCKETS = 8, PROBES_MAX = 1 << 16 };

static struct sockaddr_in server;
static double flood_rate, flood_seconds, probe_rate = 500;
static const char *label = "www";
static volatile int flood_over, all_over;
static uint64_t flooded, flood_end_ns;
static uint64_t sent_ns[PROBES_MAX];
static uint32_t latency_us[PROBES_MAX];

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void sleep_until(uint64_t ns) {
    struct timespec when = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &when, NULL);
}

static int connected(int buffer) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("flood");
        exit(1);
    }
    return fd;
}

static size_t query(uint8_t *bytes, uint16_t id) {
    static const uint8_t rest[] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    size_t length = strlen(label), at = 12;
    bytes[0] = (uint8_t)(id >> 8), bytes[1] = (uint8_t)id;
    memcpy(bytes + 2, rest, sizeof rest);
    bytes[at++] = (uint8_t)length;
    memcpy(bytes + at, label, length), at += length;
    memcpy(bytes + at, "\4test\0\0\1\0\1", 10);
    return at + 10;
}

static void *flood(void *unused) {
    (void)unused;
    uint8_t bytes[BATCH][128];
    struct iovec vectors[BATCH];
    struct mmsghdr messages[BATCH];
    int sockets[SOCKETS];
    for (int i = 0; i < SOCKETS; i++) sockets[i] = connected(1);
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        vectors[i].iov_base = bytes[i];
        messages[i].msg_hdr.msg_iov = vectors + i;
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    uint64_t start = now_ns(), end = start + (uint64_t)(flood_seconds * 1e9);
    for (uint64_t turn = 0;; turn++) {
        uint64_t now = now_ns();
        if (now >= end) break;
        uint64_t due = start + (uint64_t)((double)flooded / flood_rate * 1e9);
        if (due > now + 200000) sleep_until(due);
        for (int i = 0; i < BATCH; i++) vectors[i].iov_len = query(bytes[i], (uint16_t)(flooded + i));
        int count = sendmmsg(sockets[turn % SOCKETS], messages, BATCH, 0);
        flooded += count > 0 ? (uint64_t)count : 0;
    }
    flood_end_ns = now_ns();
    flood_over = 1;
    return NULL;
}

static void *receive(void *argument) {
    int fd = *(int *)argument;
    uint8_t bytes[512], control[128];
    while (!all_over) {
        struct pollfd ready = {fd, POLLIN, 0};
        if (poll(&ready, 1, 20) <= 0) continue;
        struct iovec vector = {bytes, sizeof bytes};
        struct msghdr message = {
            .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
            .msg_controllen = sizeof control};
        if (recvmsg(fd, &message, MSG_DONTWAIT) < 12) continue;
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        struct timespec stamp;
        if (part == NULL || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
        uint16_t id = (uint16_t)(bytes[0] << 8 | bytes[1]);
        uint64_t at = (uint64_t)stamp.tv_sec * 1000000000u + (uint64_t)stamp.tv_nsec;
        if (sent_ns[id] != 0 && latency_us[id] == 0) {
            latency_us[id] = (uint32_t)((at - sent_ns[id]) / 1000) + 1;
        }
    }
    return NULL;
}

static int ascending(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

// Of the probes sent in [from, to).
static void report(uint64_t from, uint64_t to, int thousandths) {
    static uint32_t sorted[PROBES_MAX];
    size_t sent = 0, count = 0;
    for (size_t id = 0; id < PROBES_MAX; id++) {
        if (sent_ns[id] < from || sent_ns[id] >= to) continue;
        sent++;
        if (latency_us[id] > 0) sorted[count++] = latency_us[id];
    }
    qsort(sorted, count, sizeof sorted[0], ascending);
    printf("\t%zu\t%zu", sent, count);
#define AT(share) (count == 0 ? 0 : sorted[(size_t)((double)(count - 1) * (share))])
    printf("\t%u", AT(0.5));
    if (thousandths) printf("\t%u\t%u", AT(0.99), AT(0.999));
    printf("\t%u", AT(1.0));
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: flood PORT RATE SECONDS [PROBES-PER-SECOND [LABEL]]\n");
        return 2;
    }
    server = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    flood_rate = atof(words[2]), flood_seconds = atof(words[3]);
    if (count > 4) probe_rate = atof(words[4]);
    if (count > 5) label = words[5];
    int fd = connected(1 << 20), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    pthread_t receiver, flooder;
    pthread_create(&receiver, NULL, receive, &fd);
    uint64_t start = now_ns();
    if (flood_rate > 0) pthread_create(&flooder, NULL, flood, NULL);
    uint64_t step = (uint64_t)(1e9 / probe_rate), next = start;
    uint64_t end = start + (uint64_t)(flood_seconds * 1e9);
    // Half a second more, in which there is no flood.
    for (uint16_t id = 1; id < PROBES_MAX - 1; id++, next += step) {
        if (flood_over || flood_rate <= 0) end = flood_rate > 0 ? flood_end_ns : end;
        if ((flood_over || flood_rate <= 0) && now_ns() > end + 500000000u) break;
        uint8_t bytes[128];
        size_t length = query(bytes, id);
        sleep_until(next);
        sent_ns[id] = now_ns();
        if (send(fd, bytes, length, 0) < 0) sent_ns[id] = 0;
    }
    usleep(500000);
    all_over = 1;
    pthread_join(receiver, NULL);
    if (flood_rate > 0) pthread_join(flooder, NULL);
    else flood_end_ns = end;
    printf("%llu", (unsigned long long)flooded);
    report(start, flood_end_ns, 1);
    report(flood_end_ns, flood_end_ns + 100000000u, 0);
    printf("\n");
    return 0;
}
