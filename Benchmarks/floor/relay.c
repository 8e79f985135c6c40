// SPDX-License-Identifier: Apache-2.0
//
// The floor of forwarding: what a proxy costs that only moves packets. Clients' queries are read in
// batches, given an id of their own, sent to one server, and its answers go back. No DNS beyond the
// id, no check of anything, one thread. Usage: relay PORT SERVER-PORT
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { BATCH = 64, ROUNDS = 4, PACKET = 1500, RECEIVE_BUFFER = 4 << 20 };

static struct {
    struct sockaddr_in client;
    uint16_t id;
} slots[65536];

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int udp_socket(void) {
    int size = RECEIVE_BUFFER, descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (descriptor < 0) perror("socket"), exit(1);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return descriptor;
}

// Reads a batch from one side, rewrites the ids, sends it to the other side. 0 when nothing is left.
static int move_batch(int from, int to, int is_query) {
    static unsigned char packets[BATCH][PACKET];
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    static struct sockaddr_in clients[BATCH];
    static uint16_t next_id;

    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){packets[i], PACKET};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
        if (is_query) {
            messages[i].msg_hdr.msg_name = &clients[i];
            messages[i].msg_hdr.msg_namelen = sizeof clients[i];
        }
    }
    int count = recvmmsg(from, messages, BATCH, MSG_DONTWAIT, 0);
    if (count <= 0) return 0;
    for (int i = 0; i < count; i++) {
        struct msghdr *header = &messages[i].msg_hdr;
        uint16_t id;
        vectors[i].iov_len = messages[i].msg_len;
        if (is_query) {
            id = next_id++;
            slots[id].client = clients[i];
            memcpy(&slots[id].id, packets[i], 2);
            memcpy(packets[i], &id, 2);
            header->msg_name = NULL;
            header->msg_namelen = 0;
        } else {
            memcpy(&id, packets[i], 2);
            memcpy(packets[i], &slots[id].id, 2);
            clients[i] = slots[id].client;
            header->msg_name = &clients[i];
            header->msg_namelen = sizeof clients[i];
        }
    }
    for (int done = 0; done < count;) {
        int sent = sendmmsg(to, messages + done, count - done, 0);
        done += sent > 0 ? sent : 1;  // one that cannot be sent is lost, as by a proxy
    }
    return count == BATCH;
}

int main(int count, char **words) {
    if (count != 3) return fprintf(stderr, "usage: relay PORT SERVER-PORT\n"), 2;
    struct sockaddr_in here = loopback(atoi(words[1])), there = loopback(atoi(words[2]));
    int clients = udp_socket(), server = udp_socket(), poll = epoll_create1(0);
    if (bind(clients, (void *)&here, sizeof here)) return perror("bind"), 1;
    if (connect(server, (void *)&there, sizeof there)) return perror("connect"), 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = clients}, ready[2];
    epoll_ctl(poll, EPOLL_CTL_ADD, clients, &event);
    event.data.fd = server;
    epoll_ctl(poll, EPOLL_CTL_ADD, server, &event);
    for (;;) {
        int events = epoll_wait(poll, ready, 2, -1);
        for (int i = 0; i < events; i++) {
            int is_query = ready[i].data.fd == clients;
            for (int round = 0; round < ROUNDS; round++)
                if (!move_batch(ready[i].data.fd, is_query ? server : clients, is_query)) break;
        }
    }
}
