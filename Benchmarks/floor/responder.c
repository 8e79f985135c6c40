// SPDX-License-Identifier: Apache-2.0
//
// The server behind every proxy in the benchmark, and the floor of answering: any question gets one A
// record, in batches, as cheaply as C can; over TCP from a thread of its own. Usage: responder PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

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

// Of one connection: what was read and is no whole message yet.
struct stream {
    int descriptor;
    size_t used;
    unsigned char bytes[1 << 16];
};

// Answers every whole message that has come; 0 when the connection is over.
static int serve(struct stream *stream) {
    static unsigned char answers[1 << 18];
    ssize_t got = read(
        stream->descriptor, stream->bytes + stream->used, sizeof stream->bytes - stream->used);
    if (got <= 0) return 0;
    stream->used += (size_t)got;
    size_t place = 0, written = 0;
    while (stream->used - place >= 2) {
        size_t length = (size_t)(stream->bytes[place] << 8 | stream->bytes[place + 1]);
        if (length > QUERY_MAX) return 0;
        if (stream->used - place < 2 + length) break;
        memcpy(answers + written + 2, stream->bytes + place + 2, length);
        int answer_length = respond(answers + written + 2, (int)length);
        if (!answer_length) return 0;
        answers[written] = (unsigned char)(answer_length >> 8);
        answers[written + 1] = (unsigned char)answer_length;
        written += 2 + (size_t)answer_length;
        place += 2 + length;
    }
    stream->used -= place;
    memmove(stream->bytes, stream->bytes + place, stream->used);
    return written == 0 || write(stream->descriptor, answers, written) == (ssize_t)written;
}

static void *serve_streams(void *context) {
    int listener = (int)(intptr_t)context, poll = epoll_create1(0), one = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, ready[BATCH];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int events = epoll_wait(poll, ready, BATCH, -1);
        for (int i = 0; i < events; i++) {
            struct stream *stream = ready[i].data.ptr;
            if (stream != NULL) {
                if (serve(stream)) continue;
                close(stream->descriptor);
                free(stream);
                continue;
            }
            int descriptor = accept(listener, NULL, NULL);
            if (descriptor < 0 || !(stream = calloc(1, sizeof *stream))) continue;
            setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            stream->descriptor = descriptor;
            event.data.ptr = stream;
            epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
        }
    }
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

    pthread_t thread;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&here, sizeof here) || listen(listener, 256))
        return perror("bind"), 1;
    pthread_create(&thread, NULL, serve_streams, (void *)(intptr_t)listener);

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
