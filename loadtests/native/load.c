// The load generator: one thread, one epoll, up to twenty thousand WebSocket clients.
//
//   load [--count PREFIX] [--ready PREFIX] [--protocol NAME] [--stamp ns|id] LINES PORT...
//
// LINES is a file with one client a line, its fields divided by tabs: which PORT (from 0), whether it may send (0 or 1),
// the path, the text to send when the connection is open (may be empty), and the message. In a message $ID$ is a number
// that grows with each message of the client, $BIT$ its last bit, $NS$ the time. Whoever has received a text that begins
// with --ready (any text, if it is empty) has come in; texts that begin with --count are deliveries. With --stamp ns the
// age of a delivery is told by its "ns": member, with --stamp id by when the message with its "id": was sent.
//
// Orders come on standard input, one a line, and each is answered by one line of JSON:
//   pids A,B;C        measure the processor time of these processes, in groups
//   connect AT_ONCE   open all connections, so many at a time, until the first message is in
//   drop              cut all connections
//   burst IN_FLIGHT FAN WARM_S RUN_S   keep so many messages in flight, each delivered FAN times
//   rate PER_S FAN WARM_S RUN_S        send at a fixed rate
//   stall CLIENT      never read from this client again
#include "processor.h"
#include "wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_MAX = 4096, READ_MAX = 1 << 20, IDS = 256, EVENTS = 1024, SAMPLES_MAX = 1 << 23 };
enum { GIVE_UP_S = 60, DRAIN_S = 8 };

typedef enum { CLOSED, CONNECTING, UPGRADING, OPEN, READY, STALLED } State;

typedef struct {
    int fd, port, may_send;
    State state;
    char *path, *hello, *message;
    uint8_t *rest;
    size_t rest_size;
    uint64_t id;
    uint64_t *sent_at;
} Client;

static Client *clients;
static int clients_n, *senders, senders_n, ports[16], ports_n, epoll_fd;
static const char *count_prefix = "", *ready_prefix = "", *protocol = NULL, *stamp = NULL;
static uint64_t sent, delivered, failed, ready_n, lost, stalled_lost_at, refused;
static uint32_t *samples;
static size_t samples_n;
static int is_sampling;
static uint8_t *inbox;
static uint64_t chance = 88172645463325252u;

static uint64_t drawn(void) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    return chance ^= chance << 17;
}

// --- one client ---------------------------------------------------------------------------------------------------

static void watch(Client *client, uint32_t events, int how) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(epoll_fd, how, client->fd, &event) < 0) give_up("epoll_ctl");
}

static void cut(Client *client) {
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(client->fd);
    client->state = CLOSED;
    client->rest_size = 0;
}

static void lose(Client *client) {
    if (client->state == STALLED)
        stalled_lost_at = sent;
    else if (client->state == READY)
        lost++;
    else
        failed++;
    cut(client);
}

static void begin(Client *client) {
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0) give_up("socket");
    int one = 1;
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)ports[client->port])};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(client->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) give_up("connect");
    client->state = CONNECTING;
    watch(client, EPOLLOUT, EPOLL_CTL_ADD);
}

// Small messages fit into the socket's buffer unless the server has stopped reading: then there is nothing to measure.
static void put(Client *client, const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t done = send(client->fd, data, size, MSG_NOSIGNAL);
        if (done < 0 && errno == EAGAIN) continue;
        if (done < 0) return;  // Its end is heard of by reading.
        data += done;
        size -= (size_t)done;
    }
}

static void say(Client *client, const char *text, size_t size) {
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    uint8_t out[MESSAGE_MAX + 14];
    size_t head = put_head(out, TEXT, size, mask);
    for (size_t i = 0; i < size; i++) out[head + i] = (uint8_t)text[i] ^ mask[i & 3];
    put(client, out, head + size);
}

static void send_message(Client *client) {
    char text[MESSAGE_MAX];
    size_t size = 0;
    uint64_t now = now_ns();
    client->id++;
    if (client->sent_at) client->sent_at[client->id % IDS] = now;
    for (const char *at = client->message; *at && size < MESSAGE_MAX - 32;) {
        if (*at != '$') {
            text[size++] = *at++;
        } else if (!strncmp(at, "$ID$", 4)) {
            size += (size_t)sprintf(text + size, "%llu", (unsigned long long)client->id), at += 4;
        } else if (!strncmp(at, "$NS$", 4)) {
            size += (size_t)sprintf(text + size, "%llu", (unsigned long long)now), at += 4;
        } else if (!strncmp(at, "$BIT$", 5)) {
            text[size++] = (char)('0' + (client->id & 1)), at += 5;
        } else {
            text[size++] = *at++;
        }
    }
    say(client, text, size);
    sent++;
}

static void upgrade(Client *client) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        lose(client);
        return;
    }
    char text[1024];
    int length = snprintf(text, sizeof text,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                          client->path, ports[client->port], protocol ? "Sec-WebSocket-Protocol: " : "",
                          protocol ? protocol : "", protocol ? "\r\n" : "");
    put(client, (uint8_t *)text, (size_t)length);
    client->state = UPGRADING;
    watch(client, EPOLLIN | EPOLLRDHUP, EPOLL_CTL_MOD);
}

static uint64_t number_after(const Frame *frame, const char *name) {
    const uint8_t *at = memmem(frame->payload, frame->size, name, strlen(name));
    return at ? strtoull((const char *)at + strlen(name), NULL, 10) : 0;
}

static void sample(Client *client, const Frame *frame) {
    uint64_t since = 0;
    if (!strcmp(stamp, "ns")) since = number_after(frame, "\"ns\":");
    if (client->sent_at) since = client->sent_at[number_after(frame, "\"id\":") % IDS];
    if (since && samples_n < SAMPLES_MAX) samples[samples_n++] = (uint32_t)((now_ns() - since) / 100);
}

static int begins(const Frame *frame, const char *prefix) {
    size_t size = strlen(prefix);
    return frame->size >= size && !memcmp(frame->payload, prefix, size);
}

static void take(Client *client, const Frame *frame) {
    if (frame->opcode == PING) {
        uint8_t pong[6] = {0x80 | PONG, 0x80, 0, 0, 0, 0};
        put(client, pong, sizeof pong);
    }
    if (frame->opcode != TEXT) return;
    if (client->state == OPEN && begins(frame, ready_prefix)) {
        client->state = READY;
        ready_n++;
    } else if (begins(frame, count_prefix)) {
        delivered++;
        if (is_sampling && stamp) sample(client, frame);
    } else if (begins(frame, "{\"t\":\"err\"")) {
        if (refused++ == 0) fprintf(stderr, "refused: %.*s\n", (int)frame->size, frame->payload);
    }
}

static size_t take_upgrade(Client *client, uint8_t *data, size_t size) {
    uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12)) {
        lose(client);
        return 0;
    }
    client->state = OPEN;
    if (client->hello[0]) say(client, client->hello, strlen(client->hello));
    return (size_t)(end - data) + 4;
}

static void receive(Client *client) {
    size_t size = client->rest_size;
    if (size) memcpy(inbox, client->rest, size);
    client->rest_size = 0;
    ssize_t got = recv(client->fd, inbox + size, READ_MAX - size - 1, 0);
    if (got < 0 && errno == EAGAIN) got = 0;
    else if (got <= 0) {
        lose(client);
        return;
    }
    size += (size_t)got;
    size_t start = 0, used = 1;
    while (start < size && used > 0) {
        Frame frame;
        if (client->state == UPGRADING) {
            used = take_upgrade(client, inbox + start, size - start);
            if (client->state == CLOSED) return;
        } else if ((used = take_frame(inbox + start, size - start, &frame)) > 0) {
            take(client, &frame);
        }
        start += used;
    }
    if (start < size) {
        client->rest_size = size - start;
        client->rest = grown(client->rest, client->rest_size);
        memcpy(client->rest, inbox + start, client->rest_size);
    }
}

static void turn(int64_t wait_ns) {
    struct epoll_event events[EVENTS];
    if (wait_ns < 0) wait_ns = 0;
    struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    int n = epoll_pwait2(epoll_fd, events, EVENTS, &wait, NULL);
    for (int i = 0; i < n; i++) {
        Client *client = events[i].data.ptr;
        if (client->state == CLOSED) continue;
        if (client->state == CONNECTING) upgrade(client);
        else if (client->state == STALLED) lose(client);  // Only its end is watched.
        else receive(client);
    }
}

// --- orders -------------------------------------------------------------------------------------------------------

static void connect_all(int at_once) {
    uint64_t start = now_ns(), end = start + GIVE_UP_S * 1000000000ull;
    double cpu[GROUPS];
    for (int g = 0; g < groups_n; g++) cpu[g] = group_s(g);
    ready_n = failed = 0;
    uint64_t begun = 0;
    while (ready_n + failed < (uint64_t)clients_n && now_ns() < end) {
        while (begun < (uint64_t)clients_n && begun - ready_n - failed < (uint64_t)at_once) begin(&clients[begun++]);
        turn(10000000);
    }
    double wall_s = (double)(now_ns() - start) / 1e9;
    printf("{\"ready\":%llu,\"failed\":%llu,\"wall_s\":%.6f,\"cpu_s\":[", (unsigned long long)ready_n,
           (unsigned long long)(clients_n - (int)ready_n), wall_s);
    for (int g = 0; g < groups_n; g++) printf("%s%.6f", g ? "," : "", group_s(g) - cpu[g]);
    printf("]}\n");
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile_us(double part) {
    if (samples_n == 0) return 0;
    size_t place = (size_t)(part * (double)samples_n);
    return samples[place < samples_n ? place : samples_n - 1] / 10.0;
}

static void run(uint64_t in_flight, double per_s, uint64_t fan, double warm_s, double run_s) {
    uint64_t start = now_ns(), measured = start + (uint64_t)(warm_s * 1e9), end = measured + (uint64_t)(run_s * 1e9);
    uint64_t sent_0 = 0, delivered_0 = 0, began = 0, ended = 0, every_ns = per_s > 0 ? (uint64_t)(1e9 / per_s) : 0;
    double cpu_0[GROUPS] = {0}, cpu_1[GROUPS] = {0}, own_0 = 0, own_1 = 0;
    uint64_t next = start, sent_1 = 0, delivered_1 = 0;
    sent = delivered = lost = refused = stalled_lost_at = samples_n = is_sampling = 0;
    for (uint64_t now = start; now < end; now = now_ns()) {
        if (!is_sampling && now >= measured) {
            is_sampling = 1, sent_0 = sent, delivered_0 = delivered, own_0 = own_s();
            for (int g = 0; g < groups_n; g++) cpu_0[g] = group_s(g);
            began = now_ns();
        }
        if (in_flight) {
            for (uint64_t room = in_flight + delivered / fan; sent < room;) send_message(&clients[senders[drawn() % (uint64_t)senders_n]]);
            turn(5000000);
        } else {
            for (; next <= now; next += every_ns) send_message(&clients[senders[drawn() % (uint64_t)senders_n]]);
            turn((int64_t)(next - now_ns()));
        }
    }
    for (int g = 0; g < groups_n; g++) cpu_1[g] = group_s(g);
    ended = now_ns(), own_1 = own_s(), sent_1 = sent, delivered_1 = delivered;
    // What is still on its way belongs to nobody's next measurement.
    for (uint64_t until = now_ns() + DRAIN_S * 1000000000ull; delivered < sent * fan && now_ns() < until;) turn(5000000);
    is_sampling = 0;
    qsort(samples, samples_n, sizeof *samples, by_size);
    printf("{\"sent\":%llu,\"deliveries\":%llu,\"missing\":%lld,\"lost\":%llu,\"refused\":%llu,\"stalled_lost_at\":%llu,"
           "\"wall_s\":%.6f,\"own_cpu_s\":%.6f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"cpu_s\":[",
           (unsigned long long)(sent_1 - sent_0), (unsigned long long)(delivered_1 - delivered_0),
           (long long)(sent * fan) - (long long)delivered, (unsigned long long)lost, (unsigned long long)refused,
           (unsigned long long)stalled_lost_at, (double)(ended - began) / 1e9, own_1 - own_0, percentile_us(0.5),
           percentile_us(0.99), percentile_us(1.0));
    for (int g = 0; g < groups_n; g++) printf("%s%.6f", g ? "," : "", cpu_1[g] - cpu_0[g]);
    printf("]}\n");
}

static void obey(char *order) {
    double a = 0, b = 0, c = 0, d = 0;
    order[strcspn(order, "\n")] = 0;
    if (!strncmp(order, "pids ", 5)) {
        read_pids(order + 5);
        printf("{}\n");
    } else if (sscanf(order, "connect %lf", &a) == 1) {
        connect_all((int)a);
    } else if (!strcmp(order, "drop")) {
        for (int i = 0; i < clients_n; i++)
            if (clients[i].state != CLOSED) cut(&clients[i]);
        printf("{}\n");
    } else if (sscanf(order, "burst %lf %lf %lf %lf", &a, &b, &c, &d) == 4) {
        run((uint64_t)a, 0, (uint64_t)b, c, d);
    } else if (sscanf(order, "rate %lf %lf %lf %lf", &a, &b, &c, &d) == 4) {
        run(0, a, (uint64_t)b, c, d);
    } else if (sscanf(order, "stall %lf", &a) == 1) {
        Client *client = &clients[(int)a];
        client->state = STALLED;
        watch(client, EPOLLRDHUP, EPOLL_CTL_MOD);
        printf("{}\n");
    } else {
        fprintf(stderr, "there is no such order: %s\n", order);
        exit(2);
    }
    fflush(stdout);
}

static void read_lines(const char *name) {
    FILE *file = fopen(name, "r");
    if (file == NULL) give_up(name);
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *at = strdup(line), *field[5];
        for (int i = 0; i < 5; i++) field[i] = strsep(&at, "\t");
        clients = grown(clients, sizeof *clients * (size_t)(clients_n + 1));
        senders = grown(senders, sizeof *senders * (size_t)(clients_n + 1));
        Client *made = &clients[clients_n];
        *made = (Client){.port = atoi(field[0]), .may_send = atoi(field[1])};
        made->path = field[2], made->hello = field[3], made->message = field[4];
        if (stamp && !strcmp(stamp, "id")) made->sent_at = calloc(IDS, sizeof *made->sent_at);
        if (made->may_send) senders[senders_n++] = clients_n;
        clients_n++;
    }
    free(line);
    fclose(file);
}

int main(int argc, char **argv) {
    int at = 1;
    for (; at + 1 < argc && !strncmp(argv[at], "--", 2); at += 2) {
        if (!strcmp(argv[at], "--count")) count_prefix = argv[at + 1];
        if (!strcmp(argv[at], "--ready")) ready_prefix = argv[at + 1];
        if (!strcmp(argv[at], "--protocol")) protocol = argv[at + 1];
        if (!strcmp(argv[at], "--stamp")) stamp = argv[at + 1];
    }
    if (argc - at < 2) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    inbox = grown(NULL, READ_MAX);
    samples = grown(NULL, sizeof *samples * SAMPLES_MAX);
    read_lines(argv[at]);
    for (int i = at + 1; i < argc && ports_n < 16; i++) ports[ports_n++] = atoi(argv[i]);
    char order[4096];
    while (fgets(order, sizeof order, stdin)) obey(order);
    return 0;
}
