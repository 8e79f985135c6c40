// SPDX-License-Identifier: Apache-2.0
//
// What the liars share: a generator that a seed repeats, the corpus, and ways to bend a message.
#pragma once
#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 4096, CORPUS_MAX = 512, HEADER = 12 };

struct message {
    int length;
    unsigned char bytes[MESSAGE_MAX];
};

static struct message corpus[CORPUS_MAX];
static int corpus_count;

// SplitMix64.
static inline uint64_t draw(uint64_t *state) {
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

static inline int below(uint64_t *state, int bound) {
    return bound < 1 ? 0 : (int)(draw(state) % (uint64_t)bound);
}

// Reads the entries of a folder of Tests/Corpus: hexadecimal lines, ended by an empty one.
static void read_corpus(const char *folder) {
    DIR *directory = opendir(folder);
    if (!directory) perror(folder), exit(2);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[1024], line[8192];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file) perror(path), exit(2);
        while (fgets(line, sizeof line, file)) {
            struct message *message = &corpus[corpus_count];
            if (line[0] == '#') continue;
            if (line[0] == '\n') {
                if (message->length && corpus_count < CORPUS_MAX - 1) corpus_count++;
                continue;
            }
            for (char *digit = line; isxdigit(digit[0]) && isxdigit(digit[1]); digit += 2) {
                unsigned value;
                sscanf(digit, "%2x", &value);
                if (message->length < 1400) message->bytes[message->length++] = value;
            }
        }
        if (corpus[corpus_count].length && corpus_count < CORPUS_MAX - 1) corpus_count++;
        fclose(file);
    }
    closedir(directory);
    if (!corpus_count) fprintf(stderr, "%s: no messages\n", folder), exit(2);
}

// One change; returns the new length.
static int change(unsigned char *bytes, int length, int room, uint64_t *state) {
    if (length < 1) return length;
    int place = below(state, length), size = below(state, 24);
    switch (below(state, 9)) {
    case 0: bytes[place] = (unsigned char)draw(state); break;
    case 1: bytes[place] ^= (unsigned char)(1 << below(state, 8)); break;
    case 2: return place;
    case 3:
        if (place + 1 < length) bytes[place] = 0xc0, bytes[place + 1] = (unsigned char)draw(state);
        break;
    case 4: bytes[place] = (unsigned char[]){0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff}[below(state, 8)]; break;
    case 5:
        if (place + size > length) size = length - place;
        memmove(bytes + place, bytes + place + size, (size_t)(length - place - size));
        return length - size;
    case 6:
        if (length + size > room || place + size > length) break;
        memmove(bytes + place + size, bytes + place, (size_t)(length - place));
        return length + size;
    case 7: {
        // An OPT with an option whose length may lie.
        static const unsigned char opt[] = {0, 0, 41, 4, 208, 0, 0, 128, 0, 0, 12, 0, 8, 0, 8,
            0, 1, 24, 0, 192, 0, 2, 1};
        if (length + (int)sizeof opt > room || length < HEADER) break;
        memcpy(bytes + length, opt, sizeof opt);
        bytes[11]++;
        if (below(state, 4) == 0) bytes[length + 14] = (unsigned char)draw(state);
        return length + (int)sizeof opt;
    }
    default:
        if (length > 11) bytes[5 + 2 * below(state, 4)] = (unsigned char)below(state, 5);
    }
    return length;
}

static inline int bend(unsigned char *bytes, int length, int room, uint64_t *state) {
    for (int count = 1 + below(state, 4); count > 0; count--)
        length = change(bytes, length, room, state);
    return length;
}

// The end of the first question, 0 when there is none.
static inline int question_end(const unsigned char *bytes, int length) {
    int end = HEADER;
    while (end < length && bytes[end]) end += bytes[end] + 1;
    return length < HEADER || end + 5 > length ? 0 : end + 5;
}
