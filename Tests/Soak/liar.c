// SPDX-License-Identifier: Apache-2.0
//
// Servers that lie, over UDP and TCP: wrong identifiers, other questions, bent, cut, oversized, doubled
// and late answers, silence, and HTTP that is none. To names below "honest" they tell the truth, but
// they may send lies before it. Usage: liar CORPUS SEED PORT…
#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LATE = 2048 };

struct late {
    struct sockaddr_in to;
    uint64_t due;
    struct message message;
};

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static int is_honest(const unsigned char *query, int end) {
    static const unsigned char suffix[] = "\6honest\0";  // and the compiler's own zero, not counted
    int size = (int)sizeof suffix - 1, name = end - 4;
    return end && name - HEADER >= size && !memcmp(query + name - size, suffix, (size_t)size);
}

// The truth: the address is made of the name's first label, so that each name has its own.
static int truth(const unsigned char *query, int end, unsigned char *answer) {
    static const unsigned char record[] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
    uint32_t number = 0;
    memcpy(answer, query, (size_t)end);
    answer[2] |= 0x80, answer[3] = 0x80;
    memcpy(answer + 4, (unsigned char[]){0, 1, 0, 1, 0, 0, 0, 0}, 8);
    memcpy(answer + end, record, sizeof record);
    for (int i = HEADER + 1; i <= HEADER + query[HEADER]; i++) number = number * 33 + query[i];
    answer[end + 12] = 10;
    answer[end + 13] = (unsigned char)(number >> 16);
    answer[end + 14] = (unsigned char)(number >> 8);
    answer[end + 15] = (unsigned char)number;
    return end + 16;
}

// A lie about a query.
static int lie(const unsigned char *query, int length, unsigned char *answer, uint64_t *state) {
    int end = question_end(query, length), size;
    switch (below(state, 9)) {
    case 0:  // random octets behind the identifier
        for (size = 2 + below(state, 300); size > 2; size--) answer[size - 1] = (unsigned char)draw(state);
        memcpy(answer, query, 2);
        return 2 + below(state, 300);
    case 1:  // another message's sections behind the right question
    case 2: {
        const struct message *other = &corpus[below(state, corpus_count)];
        int start = question_end(other->bytes, other->length);
        if (!end || !start) break;
        memcpy(answer, query, (size_t)end);
        memcpy(answer + 2, other->bytes + 2, 10);
        answer[2] |= 0x80, answer[4] = 0, answer[5] = 1;
        memcpy(answer + end, other->bytes + start, (size_t)(other->length - start));
        size = end + other->length - start;
        return below(state, 2) ? bend(answer, size, MESSAGE_MAX - 64, state) : size;
    }
    case 3:  // another identifier
        if (!end) break;
        size = truth(query, end, answer);
        answer[below(state, 2)] ^= (unsigned char)(1 + below(state, 255));
        return size;
    case 4:  // another question
        if (!end) break;
        size = truth(query, end, answer);
        answer[HEADER + 1 + below(state, end - HEADER - 1)] ^= (unsigned char)(1 << below(state, 8));
        return size;
    case 5:  // an error without a question, with records promised
        memcpy(answer, query, (size_t)(length < HEADER ? length : HEADER));
        answer[2] |= 0x80, answer[3] = 0x80 | 5, answer[5] = 0, answer[7] = (unsigned char)draw(state);
        return HEADER;
    case 6:  // oversized
        if (!end) break;
        size = truth(query, end, answer);
        answer[6] = (unsigned char)below(state, 2), answer[7] = 0xff;
        for (; size + 16 < MESSAGE_MAX - 64; size += 16) memcpy(answer + size, answer + end, 16);
        return size;
    case 7:  // truncated
        if (!end) break;
        size = truth(query, end, answer);
        answer[2] |= 2;
        return size;
    default:  // the query itself
        memcpy(answer, query, (size_t)length);
        return length;
    }
    memcpy(answer, query, (size_t)length);
    if (length > 2) answer[2] |= 0x80;
    return bend(answer, length, MESSAGE_MAX - 64, state);
}

struct server {
    int port;
    uint64_t seed;
};

static int bound(int type, int port) {
    int one = 1, size = 4 << 20, descriptor = socket(AF_INET, type, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(descriptor, (void *)&here, sizeof here)) perror("liar: bind"), exit(2);
    return descriptor;
}

static void *serve_datagrams(void *argument) {
    struct server *server = argument;
    uint64_t state = server->seed;
    int descriptor = bound(SOCK_DGRAM, server->port), other = bound(SOCK_DGRAM, 0), next = 0;
    struct late *late = calloc(LATE, sizeof *late);
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    for (;;) {
        unsigned char query[MESSAGE_MAX], answer[MESSAGE_MAX];
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        poll(&wait, 1, 50);
        uint64_t time = now();
        for (int i = 0; i < 4; i++) {
            struct late *entry = &late[next];
            if (entry->message.length && entry->due <= time) {
                sendto(descriptor, entry->message.bytes, (size_t)entry->message.length, 0, (void *)&entry->to, sizeof entry->to);
                entry->message.length = 0;
            }
            next = (next + 1) % LATE;
        }
        int length = (int)recvfrom(descriptor, query, sizeof query, MSG_DONTWAIT, (void *)&from, &size);
        if (length <= 0) continue;
        int end = question_end(query, length);
        int honest = is_honest(query, end), count = honest ? below(&state, 2) : 1 + (below(&state, 8) == 0);
        for (; count > 0; count--) {
            int kind = below(&state, 20), bytes = lie(query, length, answer, &state);
            if (honest) {
                // What may not reach a client: another identifier, another question, another port.
                if (!end) continue;
                bytes = truth(query, end, answer);
                answer[end + 12] = 66;
                if (kind < 6) answer[0] ^= 0x55;
                else if (kind < 12) answer[HEADER + 1] ^= 1;
                else { sendto(other, answer, (size_t)bytes, 0, (void *)&from, sizeof from); continue; }
            } else if (kind == 0) {
                continue;
            } else if (kind == 1) {
                struct late *entry = &late[(next + below(&state, LATE)) % LATE];
                entry->to = from, entry->due = time + (uint64_t)below(&state, 3500);
                entry->message.length = bytes;
                memcpy(entry->message.bytes, answer, (size_t)bytes);
                continue;
            } else if (kind < 8 && end) {
                bytes = truth(query, end, answer);
            }
            sendto(descriptor, answer, (size_t)bytes, 0, (void *)&from, sizeof from);
            if (kind == 19) sendto(descriptor, answer, (size_t)bytes, 0, (void *)&from, sizeof from);
        }
        if (honest) {
            int bytes = truth(query, end, answer);
            sendto(descriptor, answer, (size_t)bytes, 0, (void *)&from, sizeof from);
        }
    }
}

// Answers one message on a stream; 0 when the connection is to end.
static int answer_stream(int client, unsigned char *query, int length, uint64_t *state) {
    unsigned char framed[2 + MESSAGE_MAX];
    int end = question_end(query, length), honest = is_honest(query, end);
    int messages = end && query[end - 3] == 252 ? 1 + below(state, 40) : 1;
    for (; messages > 0; messages--) {
        int size = honest || below(state, 3) == 0 ? 0 : lie(query, length, framed + 2, state);
        if (!size) size = end ? truth(query, end, framed + 2) : lie(query, length, framed + 2, state);
        int told = honest || below(state, 8) ? size : below(state, 0x10000);
        framed[0] = (unsigned char)(told >> 8), framed[1] = (unsigned char)told;
        int cut = honest ? 2 + size : 1 + below(state, 2 + size);
        if (send(client, framed, (size_t)cut, MSG_NOSIGNAL) < 0) return 0;
        if (cut < 2 + size && below(state, 8) == 0) return 0;
        if (send(client, framed + cut, (size_t)(2 + size - cut), MSG_NOSIGNAL) < 0) return 0;
        if (!honest && below(state, 16) == 0) return 0;
    }
    return 1;
}

// A web server, nearly.
static void answer_web(int client, uint64_t *state) {
    char page[600];
    int size = snprintf(page, sizeof page,
        "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nTransfer-Encoding: %s\r\nX: y\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        below(state, 3) ? 15 : -below(state, 99), below(state, 2) ? "chunked" : "identity");
    if (below(state, 3)) size = bend((unsigned char *)page, size, (int)sizeof page, state);
    send(client, page, (size_t)size, MSG_NOSIGNAL);
}

static void *serve_connection(void *argument) {
    int client = (int)(intptr_t)argument, filled = 0;
    uint64_t state = now() * 31 + (uint64_t)client;
    unsigned char bytes[2 + MESSAGE_MAX];
    struct timeval patience = {.tv_sec = 5};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (;;) {
        int count = (int)recv(client, bytes + filled, sizeof bytes - (size_t)filled, 0);
        if (count <= 0) break;
        filled += count;
        if (filled >= 4 && !memcmp(bytes, "GET ", 4)) {
            answer_web(client, &state);
            break;
        }
        int length;
        while (filled >= 2 && filled >= 2 + (length = bytes[0] << 8 | bytes[1])) {
            if (length > MESSAGE_MAX || !answer_stream(client, bytes + 2, length, &state)) goto end;
            filled -= 2 + length;
            memmove(bytes, bytes + 2 + length, (size_t)filled);
        }
        if (filled == (int)sizeof bytes) break;
    }
end:
    close(client);
    return NULL;
}

static void *serve_streams(void *argument) {
    struct server *server = argument;
    int descriptor = bound(SOCK_STREAM, server->port);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 << 10);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    listen(descriptor, 256);
    for (;;) {
        pthread_t thread;
        int client = accept(descriptor, NULL, NULL);
        if (client < 0) { usleep(1000); continue; }
        if (pthread_create(&thread, &small, serve_connection, (void *)(intptr_t)client)) close(client);
    }
}

int main(int count, char **words) {
    pthread_t thread;
    if (count < 4) return fprintf(stderr, "usage: liar CORPUS SEED PORT…\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    read_corpus(words[1]);
    for (int i = 3; i < count; i++) {
        struct server *server = malloc(sizeof *server);
        *server = (struct server){atoi(words[i]), strtoull(words[2], NULL, 10) + (uint64_t)i};
        pthread_create(&thread, NULL, serve_streams, server);
        pthread_create(&thread, NULL, serve_datagrams, server);
    }
    for (;;) pause();
}
