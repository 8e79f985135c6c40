// SPDX-License-Identifier: Apache-2.0
//
// The router of the BGP benchmarks: it waits for sessions over IPv4, answers OPEN, and notes by
// CLOCK_MONOTONIC when a read(2) has brought it what. It keeps no routes: it counts the prefixes of
// each UPDATE, which its subjects send for 198.18.0.0/15 and nothing else.
//
// Usage: peer decide TRIGGER ROUNDS PREFIXES PORT…
//          Each round says "up" and, once every session has read all prefixes, "down" until they are
//          withdrawn; microseconds from before the word is written until the last session has read the
//          last prefix. TRIGGER is tcp:PORT (a subject connects there for each word and reads a line)
//          or fifo:PATH (a helper waits there for a word; see `peer help`). With TIMES=FILE in the
//          environment FILE gets a line for each word: name, when it was written, when all was read,
//          in nanoseconds of CLOCK_MONOTONIC.
//        peer help PATH PREFIXES
//          The helper of a daemon that takes text: for each word from the FIFO prints "announce …" or
//          "withdraw …" lines, and puts the time before the first into PATH.time.
//        peer refresh ROUNDS PREFIXES PORT
//          Waits for all prefixes, then asks for them again and again (RFC 2918): milliseconds until
//          the last was read. Prints "ready" before the first and waits for a line on stdin.
//        peer keepalives SECONDS PORT…
//          Gaps between two keepalives of a session, less the largest there should be.
//
// Prints one line for each series: name count p50 p99 p99.9 largest.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PEERS_MAX = 64, ROOM = 1 << 18, HEADER = 19, LOCAL_AS = 65002, HOLD = 90, HURRIED_HOLD = 3 };
enum { OPEN = 1, UPDATE = 2, NOTIFICATION = 3, KEEPALIVE = 4, REFRESH = 5 };

struct peer {
    int listener, socket, is_up;
    size_t unread_bytes;
    // Prefixes read since they were last set to 0.
    uint64_t announced, withdrawn;
    uint64_t last_keepalive, last_said;
    unsigned char unread[ROOM];
};

static struct peer *peers;
static int peer_count, hold = HOLD;
static double *gaps;
static size_t gap_count, gaps_max;

static void fail(const char *what) {
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// MARK: Figures

static int ascending(const void *left, const void *right) {
    double one = *(const double *)left, other = *(const double *)right;
    return (one > other) - (one < other);
}

static void print_series(const char *name, double *values, size_t count) {
    if (count == 0) fail("nothing was measured");
    qsort(values, count, sizeof *values, ascending);
    double shares[] = {0.5, 0.99, 0.999};
    printf("%s %zu", name, count);
    for (int index = 0; index < 3; index++) {
        size_t place = (size_t)((double)count * shares[index]);
        printf(" %.1f", values[place < count ? place : count - 1]);
    }
    printf(" %.1f\n", values[count - 1]);
    fflush(stdout);
}

// MARK: Sessions

// The sessions' are on 127.0.0.1, 127.0.0.2, …: some daemons tell neighbours by their addresses alone.
static int listen_on(int port, uint32_t host) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(0x7f000000 | host)};
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(descriptor, 16) != 0) fail("listen");
    return descriptor;
}

static void put16(unsigned char *at, unsigned value) {
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static void say(struct peer *peer, int type, const unsigned char *body, size_t bytes) {
    unsigned char message[256];
    memset(message, 0xff, 16);
    put16(message + 16, (unsigned)(HEADER + bytes));
    message[18] = (unsigned char)type;
    memcpy(message + HEADER, body, bytes);
    if (write(peer->socket, message, HEADER + bytes) != (ssize_t)(HEADER + bytes)) fail("write");
    peer->last_said = now();
}

static void say_open(struct peer *peer) {
    // Version, AS, hold time, identifier 10.0.0.2; IPv4 unicast, route refresh, 4-octet AS.
    unsigned char body[] = {
        4, LOCAL_AS >> 8, LOCAL_AS & 255, 0, 0, 10, 0, 0, 2, 16,
        2, 14, 1, 4, 0, 1, 0, 1, 2, 0, 65, 4, 0, 0, LOCAL_AS >> 8, LOCAL_AS & 255};
    put16(body + 3, (unsigned)hold);
    say(peer, OPEN, body, sizeof body);
}

static uint64_t prefixes_in(const unsigned char *at, size_t bytes) {
    uint64_t count = 0;
    for (size_t place = 0; place < bytes; place += 1 + (at[place] + 7) / 8) count++;
    return count;
}

static void heard_update(struct peer *peer, const unsigned char *body, size_t bytes) {
    size_t withdrawn = (size_t)body[0] << 8 | body[1];
    size_t attributes = (size_t)body[2 + withdrawn] << 8 | body[3 + withdrawn];
    peer->withdrawn += prefixes_in(body + 2, withdrawn);
    size_t start = 4 + withdrawn + attributes;
    peer->announced += prefixes_in(body + start, bytes - start);
}

static void heard_keepalive(struct peer *peer, uint64_t at) {
    if (!peer->is_up) {
        peer->is_up = 1;
    } else if (gap_count < gaps_max && peer->last_keepalive != 0) {
        // The timer is a third of the hold time at most (RFC 4271 §10).
        double late = (double)(at - peer->last_keepalive) / 1e6 - hold * 1000.0 / 3;
        gaps[gap_count++] = late > 0 ? late : 0;
    }
    peer->last_keepalive = at;
}

// Reads once what is there; the time is that of the read.
static void hear(struct peer *peer) {
    ssize_t count = read(peer->socket, peer->unread + peer->unread_bytes, ROOM - peer->unread_bytes);
    if (count <= 0) fail("a session ended");
    uint64_t at = now();
    peer->unread_bytes += (size_t)count;
    size_t done = 0;
    while (peer->unread_bytes - done >= HEADER) {
        unsigned char *message = peer->unread + done;
        size_t length = (size_t)message[16] << 8 | message[17];
        if (length < HEADER || peer->unread_bytes - done < length) break;
        switch (message[18]) {
        case OPEN:
            say_open(peer);
            say(peer, KEEPALIVE, NULL, 0);
            break;
        case UPDATE: heard_update(peer, message + HEADER, length - HEADER); break;
        case KEEPALIVE: heard_keepalive(peer, at); break;
        case NOTIFICATION:
            fprintf(stderr, "peer: NOTIFICATION %d/%d\n", message[19], message[20]);
            exit(1);
        }
        done += length;
    }
    memmove(peer->unread, peer->unread + done, peer->unread_bytes - done);
    peer->unread_bytes -= done;
}

static void accept_session(struct peer *peer) {
    peer->socket = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
    if (peer->socket < 0) fail("accept");
    int yes = 1;
    setsockopt(peer->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

// Waits for something on any session, or for `milliseconds`; `extra` is one more descriptor, and its
// result whether it can be read. Keeps the sessions alive.
static int turn(int milliseconds, int extra) {
    struct pollfd waiting[PEERS_MAX + 1];
    for (int index = 0; index < peer_count; index++) {
        struct peer *peer = &peers[index];
        waiting[index] = (struct pollfd){peer->socket < 0 ? peer->listener : peer->socket, POLLIN, 0};
    }
    waiting[peer_count] = (struct pollfd){extra, POLLIN, 0};
    if (poll(waiting, (nfds_t)peer_count + 1, milliseconds) < 0) fail("poll");
    uint64_t at = now();
    for (int index = 0; index < peer_count; index++) {
        struct peer *peer = &peers[index];
        if (waiting[index].revents != 0) {
            if (peer->socket < 0) accept_session(peer); else hear(peer);
        }
        if (peer->is_up && at - peer->last_said > (uint64_t)hold * 1000000000u / 3) {
            say(peer, KEEPALIVE, NULL, 0);
        }
    }
    return waiting[peer_count].revents != 0;
}

static void await_sessions(void) {
    uint64_t deadline = now() + 60000000000u;
    for (int up = 0; up < peer_count;) {
        turn(100, -1);
        up = 0;
        for (int index = 0; index < peer_count; index++) up += peers[index].is_up;
        if (now() > deadline) fail("not every session came up in 60 s");
    }
}

static void open_peers(char **ports, int count) {
    peer_count = count;
    peers = calloc((size_t)count, sizeof *peers);
    for (int index = 0; index < count; index++) {
        peers[index].listener = listen_on(atoi(ports[index]), (uint32_t)index + 1);
        peers[index].socket = -1;
    }
}

// MARK: decide

static volatile uint64_t *shared_time(const char *path) {
    char name[512];
    snprintf(name, sizeof name, "%s.time", path);
    int descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || ftruncate(descriptor, 4096) != 0) fail(name);
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) fail("mmap");
    return memory;
}

struct trigger {
    int listener, connection, fifo;
    volatile uint64_t *said;
};

static struct trigger open_trigger(const char *text) {
    struct trigger trigger = {-1, -1, -1, NULL};
    if (strncmp(text, "tcp:", 4) == 0) {
        trigger.listener = listen_on(atoi(text + 4), 1);
    } else {
        trigger.said = shared_time(text + 5);
        mkfifo(text + 5, 0600);
        trigger.fifo = open(text + 5, O_RDWR | O_CLOEXEC);
        if (trigger.fifo < 0) fail(text);
    }
    return trigger;
}

// The newest connection of the subject, which asks anew for each word; it waits in its read by then, as
// a helper waits in its. One that gave up is not answered.
static void take_question(struct trigger *trigger) {
    char octet;
    for (;;) {
        if (trigger->connection >= 0) close(trigger->connection);
        while (!turn(-1, trigger->listener)) {}
        trigger->connection = accept4(trigger->listener, NULL, NULL, SOCK_CLOEXEC);
        int yes = 1;
        setsockopt(trigger->connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        for (uint64_t end = now() + 1000000; now() < end;) turn(1, -1);
        struct pollfd more = {trigger->listener, POLLIN, 0};
        if (poll(&more, 1, 0) == 0 && recv(trigger->connection, &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            return;
    }
}

// Says the word; the time before it was written, or 0 when the helper notes it.
static uint64_t pull(struct trigger *trigger, const char *word) {
    if (trigger->fifo >= 0) {
        *trigger->said = 0;
        if (write(trigger->fifo, word, 1) != 1) fail("fifo");
        return 0;
    }
    take_question(trigger);
    char line[8];
    int bytes = snprintf(line, sizeof line, "%s\n", word);
    uint64_t at = now();
    if (write(trigger->connection, line, (size_t)bytes) != bytes) fail("trigger");
    return at;
}

// Until every session has read so many; the time of the last.
static uint64_t await_prefixes(uint64_t count, int is_withdraw) {
    uint64_t deadline = now() + 30000000000u;
    for (;;) {
        turn(1000, -1);
        uint64_t at = now(), least = UINT64_MAX;
        for (int index = 0; index < peer_count; index++) {
            uint64_t read = is_withdraw ? peers[index].withdrawn : peers[index].announced;
            if (read < least) least = read;
        }
        if (least >= count) return at;
        if (at > deadline) fail("prefixes did not come in 30 s");
    }
}

static FILE *times;

static double measure(struct trigger *trigger, uint64_t prefixes, int is_withdraw) {
    for (int index = 0; index < peer_count; index++) peers[index].announced = peers[index].withdrawn = 0;
    uint64_t start = pull(trigger, is_withdraw ? "down" : "up");
    uint64_t end = await_prefixes(prefixes, is_withdraw);
    if (trigger->fifo >= 0) start = *trigger->said;
    if (times != NULL) {
        fprintf(times, "%s %llu %llu\n", is_withdraw ? "withdraw" : "announce", (unsigned long long)start,
                (unsigned long long)end);
    }
    return (double)(end - start) / 1000;
}

static int decide(char **arguments, int count) {
    struct trigger trigger = open_trigger(arguments[0]);
    size_t rounds = (size_t)atol(arguments[1]);
    uint64_t prefixes = (uint64_t)atol(arguments[2]);
    if (getenv("TIMES") != NULL && (times = fopen(getenv("TIMES"), "w")) == NULL) fail(getenv("TIMES"));
    open_peers(arguments + 3, count - 3);
    await_sessions();
    double *up = calloc(rounds, sizeof *up), *down = calloc(rounds, sizeof *down);
    // The first two rounds wake things up.
    for (size_t round = 0; round < rounds + 2; round++) {
        double first = measure(&trigger, prefixes, 0), second = measure(&trigger, prefixes, 1);
        if (round < 2) continue;
        up[round - 2] = first;
        down[round - 2] = second;
    }
    print_series("announce", up, rounds);
    print_series("withdraw", down, rounds);
    if (times != NULL && fclose(times) != 0) fail("TIMES");
    return 0;
}

static int help(const char *path, long prefixes) {
    volatile uint64_t *said = shared_time(path);
    int fifo = open(path, O_RDWR | O_CLOEXEC);
    if (fifo < 0) fail(path);
    size_t room = (size_t)prefixes * 64 + 1;
    char *text = malloc(room), letter;
    while (read(fifo, &letter, 1) == 1) {
        size_t bytes = 0;
        for (long number = 0; number < prefixes; number++) {
            bytes += (size_t)snprintf(
                text + bytes, room - bytes, "%s route 198.18.%ld.%ld/32 next-hop self\n",
                letter == 'u' ? "announce" : "withdraw", number / 250, number % 250 + 1);
        }
        *said = now();
        for (size_t done = 0; done < bytes;) {
            ssize_t written = write(1, text + done, bytes - done);
            if (written < 0) return 0;
            done += (size_t)written;
        }
    }
    return 0;
}

// MARK: refresh

static int refresh(size_t rounds, uint64_t prefixes, char **port) {
    open_peers(port, 1);
    await_sessions();
    await_prefixes(prefixes, 0);
    // End-of-RIB follows the routes; it is not to fall into the first round.
    for (uint64_t end = now() + 500000000; now() < end;) turn(100, -1);
    printf("ready\n");
    fflush(stdout);
    char line[64];
    while (!turn(1000, 0)) {}
    if (read(0, line, sizeof line) < 0) fail("stdin");
    double *times = calloc(rounds, sizeof *times);
    for (size_t round = 0; round < rounds; round++) {
        const unsigned char family[] = {0, 1, 0, 1};
        peers[0].announced = 0;
        uint64_t start = now();
        say(&peers[0], REFRESH, family, sizeof family);
        times[round] = (double)(await_prefixes(prefixes, 0) - start) / 1e6;
        for (uint64_t end = now() + 200000000; now() < end;) turn(10, -1);
    }
    print_series("refresh", times, rounds);
    return 0;
}

// MARK: keepalives

static int keepalives(double seconds, char **ports, int count) {
    hold = HURRIED_HOLD;
    gaps_max = (size_t)(seconds * 4 * count) + 64;
    gaps = calloc(gaps_max, sizeof *gaps);
    open_peers(ports, count);
    await_sessions();
    gap_count = 0;
    printf("ready\n");
    fflush(stdout);
    for (uint64_t end = now() + (uint64_t)(seconds * 1e9); now() < end;) turn(100, -1);
    print_series("late", gaps, gap_count);
    return 0;
}

int main(int count, char **arguments) {
    // Nothing of the benchmark outlives its script.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    const char *mode = count > 1 ? arguments[1] : "";
    if (strcmp(mode, "decide") == 0 && count > 5) return decide(arguments + 2, count - 2);
    if (strcmp(mode, "help") == 0 && count == 4) return help(arguments[2], atol(arguments[3]));
    if (strcmp(mode, "refresh") == 0 && count == 5)
        return refresh((size_t)atol(arguments[2]), (uint64_t)atol(arguments[3]), arguments + 4);
    if (strcmp(mode, "keepalives") == 0 && count > 3)
        return keepalives(atof(arguments[2]), arguments + 3, count - 3);
    fprintf(stderr, "usage: peer decide|help|refresh|keepalives …, see peer.c\n");
    return 2;
}
