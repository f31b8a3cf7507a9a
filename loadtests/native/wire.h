// What the load generator and the bare server share: time, frames, and giving up.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline void give_up(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void *grown(void *old, size_t bytes) {
    void *made = realloc(old, bytes);
    if (made == NULL) give_up("memory");
    return made;
}

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

typedef struct {
    int opcode;
    uint8_t *payload;
    size_t size;
} Frame;

// Take the frame at `data` apart, unmasking it in place; returns its bytes, or 0 if it is not whole yet.
static inline size_t take_frame(uint8_t *data, size_t size, Frame *frame) {
    if (size < 2) return 0;
    size_t head = 2, length = data[1] & 0x7f;
    if (length == 126) {
        if (size < 4) return 0;
        length = (size_t)data[2] << 8 | data[3];
        head = 4;
    } else if (length == 127) {
        if (size < 10) return 0;
        length = 0;
        for (int i = 2; i < 10; i++) length = length << 8 | data[i];
        head = 10;
    }
    int is_masked = data[1] & 0x80;
    size_t whole = head + (is_masked ? 4 : 0) + length;
    if (size < whole) return 0;
    frame->opcode = data[0] & 0x0f;
    frame->size = length;
    frame->payload = data + whole - length;
    if (is_masked)
        for (size_t i = 0; i < length; i++) frame->payload[i] ^= data[head + (i & 3)];
    return whole;
}

// Write the head of a frame of `size` bytes; returns its length. `mask` is NULL for a server.
static inline size_t put_head(uint8_t *out, int opcode, size_t size, const uint8_t *mask) {
    size_t head = 2;
    out[0] = (uint8_t)(0x80 | opcode);
    if (size < 126) {
        out[1] = (uint8_t)size;
    } else {
        out[1] = 126;
        out[2] = (uint8_t)(size >> 8);
        out[3] = (uint8_t)size;
        head = 4;
    }
    if (mask == NULL) return head;
    out[1] |= 0x80;
    memcpy(out + head, mask, 4);
    return head + 4;
}
