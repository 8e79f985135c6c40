// SPDX-License-Identifier: Apache-2.0
//
// The server behind every proxy in the benchmark: answers any question with one A record, in
// batches, as cheaply as C can. Usage: responder PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, PACKET = 2048, QUERY_MAX = 1500, HEADER = 12, BUFFER = 4 << 20 };

// The question's name, A, IN, 60 s, 192.0.2.1.
static const unsigned char answer[] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};

// Turns a query into its answer; its new length, 0 when it is no query.
static int respond(unsigned char *packet, int length) {
    int end = HEADER;
    if (length < HEADER + 5) return 0;
    while (end < length && packet[end]) end += packet[end] + 1;
    end += 5;  // the root label, type and class; what follows (EDNS) is dropped
    if (end > length) return 0;
    packet[2] |= 0x84;  // QR AA
    packet[3] = 0x80;   // RA NOERROR
    packet[6] = 0, packet[7] = 1;
    memset(packet + 8, 0, 4);
    memcpy(packet + end, answer, sizeof answer);
    return end + (int)sizeof answer;
}

int main(int count, char **words) {
    static unsigned char packets[BATCH][PACKET];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    static struct sockaddr_in clients[BATCH];
    if (count != 2) return fprintf(stderr, "usage: responder PORT\n"), 2;

    int size = BUFFER, descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(descriptor, (void *)&here, sizeof here)) return perror("bind"), 1;

    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec){packets[i], QUERY_MAX};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1,
                .msg_name = &clients[i], .msg_namelen = sizeof clients[i]};
        }
        int received = recvmmsg(descriptor, messages, BATCH, MSG_WAITFORONE, 0), kept = 0;
        for (int i = 0; i < received; i++) {
            int length = respond(packets[i], (int)messages[i].msg_len);
            if (!length) continue;
            vectors[i].iov_len = length;
            messages[kept++] = messages[i];
        }
        for (int done = 0; done < kept;) {
            int sent = sendmmsg(descriptor, messages + done, kept - done, 0);
            done += sent > 0 ? sent : 1;
        }
    }
}
