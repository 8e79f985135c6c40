// SPDX-License-Identifier: Apache-2.0
//
// The clients of the benchmark, over UDP or TCP. At a fixed rate queries leave by a schedule, whatever
// the answers do, and the latency of each is counted from when it was due, so that a proxy which stalls
// pays for every query that waited meanwhile (an open loop, without "coordinated omission"). Without a
// rate it keeps a number of queries in flight: as fast as the proxy goes.
//
// Prints one line: answered lost answers-a-second p50 p99 p99.9 largest, latencies in microseconds. SIGINT
// ends it early.
//
// Usage: load [-t] [-x] [-r RATE] [-q IN-FLIGHT] [-s SECONDS] [-n NAMES] [-c SOCKETS] PORT
//   -t over TCP      -x names that begin with x and not with n
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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, SOCKETS_MAX = 64, QUERY_MAX = 64, PACKET = 2048, STREAM = 1 << 17 };
// A query that has no answer after a second is lost, as a stub resolver's first try would be.
enum { LOST_AFTER = 1000000000 };

struct client {
    int descriptor;
    uint16_t next_id;
    // When each identifier's query was due, 0 when none waits.
    uint64_t due[65536];
    // Over TCP: what is not written yet, and what is not a whole message yet.
    unsigned char *unsent, *unread;
    size_t unsent_bytes, unread_bytes;
};

static struct client *clients;
static struct pollfd *waiting;
static int client_count = 4, names = 1000, over_tcp, port;
static uint64_t in_flight, answered, lost;
static unsigned char letter = 'n';
static volatile sig_atomic_t is_over;

static void end(int signal) { is_over = signal; }

// MARK: Latencies, in buckets of a 64th of a power of two

static uint64_t buckets[64 * 64], slowest;

static int bucket(uint64_t value) {
    if (value < 64) return (int)value;
    int shift = 57 - __builtin_clzll(value);
    return (shift + 1) * 64 + (int)((value >> shift) & 63);
}

static uint64_t bucket_top(int index) {
    if (index < 64) return (uint64_t)index;
    int shift = index / 64 - 1;
    return ((uint64_t)(64 + index % 64) << shift) | ((1ull << shift) - 1);
}

static double percentile(double share) {
    uint64_t wanted = (uint64_t)((double)answered * share), seen = 0;
    for (int index = 0; index < 64 * 64; index++) {
        seen += buckets[index];
        if (seen > wanted) return (double)bucket_top(index) / 1000;
    }
    return (double)slowest / 1000;
}

// MARK: Queries and answers

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// Writes "nNNNNNN….example.org A IN" with a name of the set; its length. Names differ in length by up to
// 24 octets, most of them by a few, as those that people ask for do: what a proxy gains from queries of
// one length is no more here than there.
static int write_query(unsigned char *packet, uint16_t id) {
    static const unsigned char rest[] = "\7example\3org\0\0\1\0\1";
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    memset(packet, 0, 12);
    packet[0] = id >> 8, packet[1] = id & 0xff;
    packet[2] = 1, packet[5] = 1;  // RD, one question
    packet[13] = letter;
    uint32_t number = (uint32_t)(((uint64_t)state * (uint32_t)names) >> 32);
    uint32_t mixed = number * 2654435761u;
    int more = (int)((mixed >> 8) % 9 + (mixed >> 16) % 9 + (mixed >> 24) % 9);
    packet[12] = (unsigned char)(7 + more);
    for (int digit = 19; digit > 13; digit--, number /= 10)
        packet[digit] = (unsigned char)('0' + number % 10);
    memset(packet + 20, 'a', (size_t)more);
    memcpy(packet + 20 + more, rest, sizeof rest - 1);
    return 20 + more + (int)sizeof rest - 1;
}

// An identifier for a query that was due then; one that comes round before its answer is lost.
static uint16_t take_id(struct client *client, uint64_t due) {
    uint16_t id = client->next_id++;
    if (client->due[id]) {
        in_flight--, lost++;
    }
    client->due[id] = due;
    in_flight++;
    return id;
}

static void take_answer(struct client *client, const unsigned char *packet, uint64_t at) {
    uint16_t id = (uint16_t)(packet[0] << 8 | packet[1]);
    uint64_t due = client->due[id];
    if (!due) return;
    client->due[id] = 0;
    in_flight--;
    // An error is no answer.
    if ((packet[3] & 15) != 0 || at - due > LOST_AFTER) {
        lost++;
        return;
    }
    uint64_t latency = at > due ? at - due : 0;
    answered++;
    buckets[bucket(latency)]++;
    if (latency > slowest) slowest = latency;
}

// Gives up what has waited too long, so that an in-flight bound does not stall on losses.
static void give_up(uint64_t before) {
    for (int index = 0; index < client_count; index++)
        for (int id = 0; id < 65536; id++) {
            uint64_t due = clients[index].due[id];
            if (!due || due > before) continue;
            clients[index].due[id] = 0;
            in_flight--, lost++;
        }
}

// MARK: Sockets

static void open_client(struct client *client) {
    int one = 1, size = 4 << 20;
    struct sockaddr_in proxy = {.sin_family = AF_INET, .sin_port = htons(port)};
    proxy.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->descriptor = socket(AF_INET, over_tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
    setsockopt(client->descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (over_tcp) setsockopt(client->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(client->descriptor, (void *)&proxy, sizeof proxy)) perror("load: connect"), exit(1);
    fcntl(client->descriptor, F_SETFL, O_NONBLOCK);
    client->unsent_bytes = client->unread_bytes = 0;
}

static void send_datagrams(struct client *client, uint64_t first_due, uint64_t step, int count) {
    static unsigned char packets[BATCH][QUERY_MAX];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    for (int i = 0; i < count; i++) {
        uint16_t id = take_id(client, first_due + (uint64_t)i * step);
        vectors[i] = (struct iovec){packets[i], write_query(packets[i], id)};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    for (int done = 0; done < count;) {
        int result = sendmmsg(client->descriptor, messages + done, count - done, 0);
        done += result > 0 ? result : 1;  // what the kernel does not take is lost
    }
}

static void receive_datagrams(struct client *client) {
    static unsigned char packets[BATCH][PACKET];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    int count;
    do {
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec){packets[i], PACKET};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
        }
        count = recvmmsg(client->descriptor, messages, BATCH, MSG_DONTWAIT, NULL);
        uint64_t at = now();
        for (int i = 0; i < count; i++)
            if (messages[i].msg_len >= 12) take_answer(client, packets[i], at);
    } while (count == BATCH);
}

static void flush_stream(struct client *client) {
    ssize_t done = write(client->descriptor, client->unsent, client->unsent_bytes);
    if (done <= 0) return;
    client->unsent_bytes -= (size_t)done;
    memmove(client->unsent, client->unsent + done, client->unsent_bytes);
}

static void send_stream(struct client *client, uint64_t first_due, uint64_t step, int count) {
    for (int i = 0; i < count && client->unsent_bytes + QUERY_MAX < STREAM; i++) {
        unsigned char *place = client->unsent + client->unsent_bytes;
        int length = write_query(place + 2, take_id(client, first_due + (uint64_t)i * step));
        place[0] = length >> 8, place[1] = length & 0xff;
        client->unsent_bytes += (size_t)length + 2;
    }
    flush_stream(client);
}

static void receive_stream(struct client *client) {
    ssize_t got = read(
        client->descriptor, client->unread + client->unread_bytes, STREAM - client->unread_bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        // The proxy closed: what waited is given up after its second.
        close(client->descriptor);
        open_client(client);
        return;
    }
    uint64_t at = now();
    client->unread_bytes += (size_t)got;
    size_t place = 0;
    while (client->unread_bytes - place >= 2) {
        size_t length = (size_t)(client->unread[place] << 8 | client->unread[place + 1]);
        if (client->unread_bytes - place < 2 + length) break;
        if (length >= 12) take_answer(client, client->unread + place + 2, at);
        place += 2 + length;
    }
    client->unread_bytes -= place;
    memmove(client->unread, client->unread + place, client->unread_bytes);
}

// MARK: The loop

static void send_some(uint64_t first_due, uint64_t step, uint64_t count) {
    static int turn;
    while (count > 0) {
        int part = count < BATCH ? (int)count : BATCH;
        struct client *client = &clients[turn++ % client_count];
        (over_tcp ? send_stream : send_datagrams)(client, first_due, step, part);
        first_due += (uint64_t)part * step;
        count -= (uint64_t)part;
    }
}

static void receive_all(uint64_t wait) {
    for (int i = 0; i < client_count; i++) {
        short wanted = POLLIN;
        if (clients[i].unsent_bytes) wanted |= POLLOUT;
        waiting[i] = (struct pollfd){clients[i].descriptor, wanted, 0};
    }
    struct timespec timeout = {(time_t)(wait / 1000000000), (long)(wait % 1000000000)};
    if (ppoll(waiting, client_count, &timeout, NULL) <= 0) return;
    for (int i = 0; i < client_count; i++) {
        if (waiting[i].revents & POLLOUT) flush_stream(&clients[i]);
        if (waiting[i].revents & ~POLLOUT)
            (over_tcp ? receive_stream : receive_datagrams)(&clients[i]);
    }
}

static void run(uint64_t rate, uint64_t window, uint64_t begin, uint64_t until) {
    uint64_t at, step = rate ? 1000000000 / rate : 0, next = begin, swept = begin;
    while (!is_over && (at = now()) < until) {
        if (rate) {
            if (at >= next) {
                uint64_t count = (at - next) / step + 1;
                send_some(next, step, count);
                next += count * step;
            }
            at = now();
            receive_all(next > at ? next - at : 0);
        } else {
            if (in_flight < window) send_some(at, 0, window - in_flight);
            receive_all(100000000);
        }
        if (at - swept > LOST_AFTER) give_up(at - LOST_AFTER), swept = at;
    }
    // The last ones have their second, too.
    until = now() + LOST_AFTER;
    while (in_flight > 0 && now() < until) receive_all(10000000);
    give_up(UINT64_MAX);
}

int main(int count, char **words) {
    double rate = 0, window = 400, seconds = 2;
    int option;
    while ((option = getopt(count, words, "txr:q:s:n:c:")) != -1) {
        double value = optarg ? atof(optarg) : 0;
        switch (option) {
        case 't': over_tcp = 1; break;
        case 'x': letter = 'x'; break;
        case 'r': rate = value; break;
        case 'q': window = value; break;
        case 's': seconds = value; break;
        case 'n': names = (int)value; break;
        case 'c': client_count = (int)value; break;
        default: return 2;
        }
    }
    if (optind != count - 1 || client_count < 1 || client_count > SOCKETS_MAX || names < 1)
        return fprintf(stderr, "usage: load [-t] [-x] [-r RATE] [-q IN-FLIGHT] [-s SECONDS]"
                               " [-n NAMES] [-c SOCKETS] PORT\n"), 2;
    port = atoi(words[optind]);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, end);
    prctl(PR_SET_TIMERSLACK, 1);
    clients = calloc((size_t)client_count, sizeof *clients);
    waiting = calloc((size_t)client_count, sizeof *waiting);
    for (int i = 0; i < client_count; i++) {
        clients[i].unsent = malloc(STREAM), clients[i].unread = malloc(STREAM);
        open_client(&clients[i]);
    }
    uint64_t begin = now();
    run((uint64_t)rate, (uint64_t)window, begin, begin + (uint64_t)(seconds * 1e9));
    if (is_over) seconds = (double)(now() - begin) / 1e9;
    printf("%lu %lu %.0f %.0f %.0f %.0f %.0f\n", answered, lost, (double)answered / seconds,
        percentile(0.5), percentile(0.99), percentile(0.999), (double)slowest / 1000);
    return answered ? 0 : 1;
}
