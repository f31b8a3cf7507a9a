// The floor that no server can be below: a bare epoll loop that copies what one member of a room says to all of them.
//
//   floor PORT [coalesce]
//
// Rooms are the paths of the requests. With `coalesce` what arrives in one turn of the loop is joined into one send for
// each member. It reads no JSON, numbers nothing and trusts everybody: it is a measure, not a server.
#include "wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_MAX = 1 << 18, EVENTS = 1024, ROOMS = 1 << 14, FILES = 1 << 16 };

typedef struct Room Room;

typedef struct {
    int fd, is_open, place;
    Room *room;
    uint8_t *rest;
    size_t rest_size;
} Peer;

struct Room {
    char *name;
    Peer **peers;
    int peers_n, is_dirty;
    uint8_t *pending;
    size_t pending_size;
    Room *next_dirty;
};

static Room rooms[ROOMS], *dirty;
static Peer *peers[FILES];
static int epoll_fd, is_coalescing;
static uint8_t inbox[READ_MAX];

// --- the handshake ------------------------------------------------------------------------------------------------

static uint32_t rolled(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void sha1_block(uint32_t *h, const uint8_t *block) {
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = rolled(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
        uint32_t next = rolled(a, 5) + f + e + k + w[i];
        e = d, d = c, c = rolled(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

// The 60 characters of key and magic are always two blocks.
static void accept_key(const char *key, char *out) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t blocks[128] = {0}, digest[21] = {0};
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    memcpy(blocks, key, 24);
    memcpy(blocks + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
    blocks[60] = 0x80, blocks[126] = 480 >> 8, blocks[127] = 480 & 0xff;
    sha1_block(h, blocks);
    sha1_block(h, blocks + 64);
    for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
    for (int i = 0; i < 7; i++) {
        uint32_t bits = (uint32_t)digest[3 * i] << 16 | (uint32_t)digest[3 * i + 1] << 8 | digest[3 * i + 2];
        for (int j = 0; j < 4; j++) out[4 * i + j] = letters[bits >> (18 - 6 * j) & 63];
    }
    out[27] = '=', out[28] = 0;
}

// --- rooms --------------------------------------------------------------------------------------------------------

static Room *room_named(const char *name, size_t size) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++) hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    for (uint32_t at = hash % ROOMS;; at = (at + 1) % ROOMS) {
        if (rooms[at].name == NULL) rooms[at].name = strndup(name, size);
        if (strlen(rooms[at].name) == size && !memcmp(rooms[at].name, name, size)) return &rooms[at];
    }
}

static void put(int fd, const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t done = send(fd, data, size, MSG_NOSIGNAL);
        if (done < 0 && errno == EAGAIN) {
            struct pollfd one = {.fd = fd, .events = POLLOUT};
            poll(&one, 1, 1000);
        } else if (done < 0) {
            return;
        } else {
            data += done;
            size -= (size_t)done;
        }
    }
}

static void tell(Room *room, const uint8_t *framed, size_t size) {
    for (int i = 0; i < room->peers_n; i++) put(room->peers[i]->fd, framed, size);
}

static void publish(Room *room, const Frame *frame) {
    uint8_t head[14];
    size_t head_size = put_head(head, TEXT, frame->size, NULL);
    size_t start = room->pending_size;
    room->pending = grown(room->pending, start + head_size + frame->size);
    memcpy(room->pending + start, head, head_size);
    memcpy(room->pending + start + head_size, frame->payload, frame->size);
    room->pending_size += head_size + frame->size;
    if (!is_coalescing) {
        tell(room, room->pending, room->pending_size);
        room->pending_size = 0;
    } else if (!room->is_dirty) {
        room->is_dirty = 1, room->next_dirty = dirty, dirty = room;
    }
}

static void flush(void) {
    for (; dirty; dirty = dirty->next_dirty) {
        tell(dirty, dirty->pending, dirty->pending_size);
        dirty->pending_size = 0, dirty->is_dirty = 0;
    }
}

// --- connections --------------------------------------------------------------------------------------------------

static void leave(Peer *peer) {
    if (peer->room) {
        Peer *last = peer->room->peers[--peer->room->peers_n];
        peer->room->peers[peer->place] = last;
        last->place = peer->place;
    }
    peers[peer->fd] = NULL;
    close(peer->fd);
    free(peer->rest);
    free(peer);
}

static size_t welcome(Peer *peer, uint8_t *data, size_t size) {
    static const char hello[] = "{\"t\":\"hello\"}";
    uint8_t *end = memmem(data, size, "\r\n\r\n", 4), *key = memmem(data, size, "Sec-WebSocket-Key: ", 19);
    if (end == NULL || key == NULL) return 0;
    char accepted[29], text[256];
    accept_key((char *)key + 19, accepted);
    int length = sprintf(text, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: %s\r\n\r\n", accepted);
    length += (int)put_head((uint8_t *)text + length, TEXT, sizeof hello - 1, NULL);
    memcpy(text + length, hello, sizeof hello - 1);
    put(peer->fd, (uint8_t *)text, (size_t)length + sizeof hello - 1);
    uint8_t *path = data + 4;
    Room *room = peer->room = room_named((char *)path, (size_t)((uint8_t *)memchr(path, ' ', size - 4) - path));
    room->peers = grown(room->peers, sizeof *room->peers * (size_t)(room->peers_n + 1));
    peer->place = room->peers_n;
    room->peers[room->peers_n++] = peer;
    peer->is_open = 1;
    return (size_t)(end - data) + 4;
}

static void receive(Peer *peer) {
    size_t size = peer->rest_size, start = 0, used = 1;
    if (size) memcpy(inbox, peer->rest, size);
    peer->rest_size = 0;
    ssize_t got = recv(peer->fd, inbox + size, READ_MAX - size, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) leave(peer);
        return;
    }
    size += (size_t)got;
    while (start < size && used > 0) {
        Frame frame;
        if (!peer->is_open) {
            used = welcome(peer, inbox + start, size - start);
        } else if ((used = take_frame(inbox + start, size - start, &frame)) > 0 && frame.opcode == TEXT) {
            publish(peer->room, &frame);
        }
        start += used;
    }
    if (start < size) {
        peer->rest_size = size - start;
        peer->rest = grown(peer->rest, peer->rest_size);
        memcpy(peer->rest, inbox + start, peer->rest_size);
    }
}

static void accept_all(int listener) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        if (fd >= FILES) {
            close(fd);
            continue;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        peers[fd] = calloc(1, sizeof(Peer));
        peers[fd]->fd = fd;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    is_coalescing = argc > 2 && !strcmp(argv[2], "coalesce");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 4096) < 0) give_up("listen");
    epoll_fd = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    for (struct epoll_event events[EVENTS];;) {
        int n = epoll_wait(epoll_fd, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener) accept_all(listener);
            else if (peers[events[i].data.fd]) receive(peers[events[i].data.fd]);
        }
        flush();
    }
}
