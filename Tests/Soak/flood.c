// SPDX-License-Identifier: Apache-2.0
//
// Clients that lie, over UDP and TCP, with random octets and bent queries, and an honest one beside them
// that checks each answer it gets. Reports what the daemon takes of memory and descriptors meanwhile.
// Usage: flood CORPUS SEED PORT QUERIES RATE PROCESS CONTROL-SOCKET WEB-PORT
#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 16, BATCH = 64, TRIES = 5 };

static struct sockaddr_in server;
static const char *control_path;
static int web_port, daemon_process;
static uint64_t seed;
static atomic_bool over;
static atomic_long answers, streams, honest, wrong, unanswered, retries, strays;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

// A name the rules know, a type, perhaps an OPT; then perhaps bent. Its length.
static int make_query(unsigned char *bytes, uint64_t *state) {
    static const char *labels[] = {"a", "own", "alias", "raw", "refused", "badvers", "truncate", "drop",
        "plain", "tagged", "norecurse", "skip", "failure", "nosubnet", "subnet", "clear", "limit", "cut",
        "discard", "lua", "luaspoof", "script", "blocked", "rate", "none", "none", "none", "none"};
    static const int types[] = {1, 28, 255, 16, 5, 6, 2, 65, 252, 251};
    int way = below(state, 10), length = 0;
    if (way < 2) {
        length = below(state, 600);
        for (int i = 0; i < length; i++) bytes[i] = (unsigned char)draw(state);
        // Half of them get past the header's first look.
        if (way && length > HEADER) memcpy(bytes + 2, (unsigned char[]){1, 0, 0, 1, 0, 0, 0, 0, 0, 1}, 10);
        return length;
    }
    if (way < 4) {
        const struct message *message = &corpus[below(state, corpus_count)];
        memcpy(bytes, message->bytes, (size_t)message->length);
        bytes[2] &= 0x7f;
        return bend(bytes, message->length, 1500, state);
    }
    const char *label = labels[below(state, (int)(sizeof labels / sizeof *labels))];
    int type = types[below(state, 4 + below(state, 6))], opt = below(state, 3);
    uint16_t id = (uint16_t)draw(state);
    memcpy(bytes, (unsigned char[]){(unsigned char)(id >> 8), (unsigned char)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, opt > 0}, HEADER);
    length = HEADER + sprintf((char *)bytes + HEADER + 1, "n%d", below(state, 5000)) + 1;
    bytes[HEADER] = (unsigned char)(length - HEADER - 1);
    bytes[length] = (unsigned char)strlen(label);
    strcpy((char *)bytes + length + 1, label);
    length += 1 + (int)strlen(label);
    memcpy(bytes + length, "\4fuzz", 6);
    length += 6;
    memcpy(bytes + length, (unsigned char[]){(unsigned char)(type >> 8), (unsigned char)type, 0, 1}, 4);
    length += 4;
    if (opt) {
        static const unsigned char record[] = {0, 0, 41, 4, 208, 0, 0, 128, 0, 0, 0};
        static const unsigned char option[] = {0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2};
        memcpy(bytes + length, record, sizeof record);
        length += (int)sizeof record;
        if (opt == 2) {
            bytes[length - 1] = sizeof option;
            memcpy(bytes + length, option, sizeof option);
            bytes[length + 1] = (unsigned char[]){8, 3, 10, 11}[below(state, 4)];
            length += (int)sizeof option;
        }
    }
    return way < 7 ? length : bend(bytes, length, 1500, state);
}

static int client(int last) {
    int size = 1 << 20, descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 | (uint32_t)last)};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(descriptor, (void *)&here, sizeof here)) perror("flood: bind"), exit(2);
    if (connect(descriptor, (void *)&server, sizeof server)) perror("flood: connect"), exit(2);
    return descriptor;
}

// One question after the other, each of its own; the address in its answer is made of its name.
static void *ask_honestly(void *argument) {
    (void)argument;
    int descriptor = client(0xfe00);
    uint64_t state = seed ^ 0xabcdef;
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    for (long number = 0; !over; number++) {
        unsigned char query[64], answer[MESSAGE_MAX];
        uint32_t sum = 0;
        uint16_t id = (uint16_t)draw(&state);
        memcpy(query, (unsigned char[]){(unsigned char)(id >> 8), (unsigned char)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, HEADER);
        int size = sprintf((char *)query + HEADER + 1, "h%ldx%x", number, (unsigned)seed & 0xffff);
        query[HEADER] = (unsigned char)size;
        int end = HEADER + 1 + size;
        for (int i = HEADER + 1; i < end; i++) sum = sum * 33 + query[i];
        memcpy(query + end, "\6honest\0\0\1\0\1", 12);
        end += 12;
        int done = 0;
        for (int try = 0; try < TRIES && !done && !over; try++) {
            if (try) retries++;
            send(descriptor, query, (size_t)end, 0);
            uint64_t until = now() + 1000000;
            while (!done && now() < until) {
                if (poll(&wait, 1, 100) <= 0) continue;
                int length = (int)recv(descriptor, answer, sizeof answer, 0);
                if (length < 2) continue;
                // The answer to an earlier try may still come.
                if (memcmp(answer, query, 2)) { strays++; continue; }
                done = 1;
                if (length < end + 16 || memcmp(answer + HEADER, query + HEADER, (size_t)(end - HEADER)) || (answer[3] & 15) ||
                    memcmp(answer + end + 12, (unsigned char[]){10, (unsigned char)(sum >> 16), (unsigned char)(sum >> 8), (unsigned char)sum}, 4)) {
                    wrong++;
                    fprintf(stderr, "flood: a wrong answer of %d octets to %.*s:", length, size, query + HEADER + 1);
                    for (int i = 0; i < length && i < 100; i++) fprintf(stderr, " %02x", answer[i]);
                    fputc('\n', stderr);
                }
            }
        }
        if (done) honest++;
        else if (!over) unanswered++;
        usleep(1000);
    }
    return NULL;
}

static int call(int last) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 | (uint32_t)last)};
    struct timeval patience = {.tv_usec = 300000};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    bind(descriptor, (void *)&here, sizeof here);
    if (connect(descriptor, (void *)&server, sizeof server)) return close(descriptor), -1;
    return descriptor;
}

// Streams of bent queries, with lengths that lie, that end anywhere.
static void *stream(void *argument) {
    uint64_t state = seed + (uint64_t)(intptr_t)argument;
    while (!over) {
        int descriptor = call(0x0a00 + below(&state, 200));
        if (descriptor < 0) { usleep(20000); continue; }
        for (int count = 1 + below(&state, 12); count > 0; count--) {
            unsigned char framed[2 + MESSAGE_MAX], answer[MESSAGE_MAX];
            int length = make_query(framed + 2, &state);
            int told = below(&state, 12) ? length : below(&state, 0x10000), cut = below(&state, length + 2);
            framed[0] = (unsigned char)(told >> 8), framed[1] = (unsigned char)told;
            if (send(descriptor, framed, (size_t)cut, MSG_NOSIGNAL) < 0) break;
            if (send(descriptor, framed + cut, (size_t)(2 + length - cut), MSG_NOSIGNAL) < 0) break;
            streams++;
            // Some never read, some read a little.
            if (below(&state, 3) && recv(descriptor, answer, (size_t)(1 + below(&state, (int)sizeof answer)), 0) <= 0) break;
        }
        close(descriptor);
    }
    return NULL;
}

// What comes to the control socket and the web server from whoever may open them.
static void *disturb(void *argument) {
    (void)argument;
    uint64_t state = seed ^ 0x5555;
    while (!over) {
        static const char *words[] = {"{\"verb\":\"status\",\"force\":false,\"dryRun\":false}\n",
            "{\"verb\":\"exec\",\"force\":false,\"dryRun\":true,\"script\":\"return 1\"}\n",
            "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "GET /healthz HTTP/1.0\r\n\r\n"};
        int kind = below(&state, 4), way = kind < 2 ? AF_UNIX : AF_INET;
        char bytes[2048];
        int length = sprintf(bytes, "%s", words[kind]);
        if (below(&state, 4)) length = bend((unsigned char *)bytes, length, (int)sizeof bytes, &state);
        int descriptor = socket(way, SOCK_STREAM, 0);
        struct timeval patience = {.tv_usec = 200000};
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        struct sockaddr_un path = {.sun_family = AF_UNIX};
        struct sockaddr_in web = {.sin_family = AF_INET, .sin_port = htons((uint16_t)web_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        snprintf(path.sun_path, sizeof path.sun_path, "%s", control_path);
        if (!(way == AF_UNIX ? connect(descriptor, (void *)&path, sizeof path) : connect(descriptor, (void *)&web, sizeof web))) {
            send(descriptor, bytes, (size_t)length, MSG_NOSIGNAL);
            recv(descriptor, bytes, sizeof bytes, 0);
        }
        close(descriptor);
        usleep(50000);
    }
    return NULL;
}

static long field(const char *name) {
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", daemon_process);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name))) value = atol(line + strlen(name));
    if (file) fclose(file);
    return value;
}

static long descriptors(void) {
    char path[64];
    long count = -2;  // "." and ".."
    snprintf(path, sizeof path, "/proc/%d/fd", daemon_process);
    DIR *directory = opendir(path);
    while (directory && readdir(directory)) count++;
    if (directory) closedir(directory);
    return count;
}

static void report(long sent, uint64_t start) {
    printf("sent %ld answers %ld streamed %ld honest %ld wrong %ld unanswered %ld retries %ld seconds %.1f rss-kib %ld descriptors %ld threads %ld\n",
        sent, answers, streams, honest, wrong, unanswered, retries, (double)(now() - start) / 1e6,
        field("VmRSS:"), descriptors(), field("Threads:"));
    fflush(stdout);
}

int main(int count, char **words) {
    static unsigned char packets[BATCH][MESSAGE_MAX];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    int sockets[SOCKETS];
    pthread_t threads[4];
    if (count != 9) return fprintf(stderr, "usage: flood CORPUS SEED PORT QUERIES RATE PROCESS CONTROL WEB\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    read_corpus(words[1]);
    seed = strtoull(words[2], NULL, 10);
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[3])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    long queries = atol(words[4]), rate = atol(words[5]), sent = 0, shown = 0;
    daemon_process = atoi(words[6]), control_path = words[7], web_port = atoi(words[8]);
    for (int i = 0; i < SOCKETS; i++) sockets[i] = client(0x0100 + i);
    pthread_create(&threads[0], NULL, ask_honestly, NULL);
    pthread_create(&threads[1], NULL, stream, (void *)1);
    pthread_create(&threads[2], NULL, stream, (void *)2);
    pthread_create(&threads[3], NULL, disturb, NULL);

    uint64_t state = seed, start = now();
    report(0, start);
    while (sent < queries) {
        int descriptor = sockets[below(&state, SOCKETS)], batch = 0;
        for (; batch < BATCH; batch++) {
            vectors[batch] = (struct iovec){packets[batch], (size_t)make_query(packets[batch], &state)};
            messages[batch].msg_hdr = (struct msghdr){.msg_iov = &vectors[batch], .msg_iovlen = 1};
        }
        int done = sendmmsg(descriptor, messages, BATCH, 0);
        if (done < 0 && field("VmRSS:") < 0) return printf("the daemon is gone\n"), 1;
        sent += done > 0 ? done : 0;
        for (int i = 0; i < BATCH; i++) vectors[i].iov_len = MESSAGE_MAX;
        for (int i = 0; i < SOCKETS; i++) {
            int got = recvmmsg(sockets[i], messages, BATCH, MSG_DONTWAIT, NULL);
            if (got > 0) answers += got;
        }
        if (sent / 1000000 > shown) shown = sent / 1000000, report(sent, start);
        uint64_t due = start + (uint64_t)sent * 1000000 / (uint64_t)rate, time = now();
        if (time < due) usleep((useconds_t)(due - time));
    }
    usleep(3500000);  // what is late may still come
    over = 1;
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    usleep(500000);
    report(sent, start);
    return wrong || unanswered || !honest;
}
