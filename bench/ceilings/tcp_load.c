/* Open-loop load on a server that answers frames: tcp_load PORT RATE CONNECTIONS WARM SECONDS
 *
 * Send times are fixed in advance with Poisson gaps; latency runs from the scheduled time to the
 * arrival of the answer, so a server (or this client) that falls behind pays for the queue. The
 * client spins: it must have a core of its own. RATE 0 keeps one message in flight. Every answer is
 * checked: each number once, in order per connection, with the right running sum. Prints one line
 * of JSON, times in us. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "clock.h"
#include "draw.h"
#include "frames.h"

#define CONNECTIONS_MAX 64
#define OUT_BYTES (1 << 20)
#define IN_BYTES (1 << 16)
#define GAPS 4096
#define SERIAL_RATE 1000000 /* one message in flight: more than can be answered */
#define PATIENCE_NS 10000000000u
#define SECOND_NS 1000000000u

struct connection {
    int fd;
    uint64_t next; /* the number of the answer that must come next */
    size_t out_from, out_to, in_filled;
    uint8_t out[OUT_BYTES];
    uint8_t in[IN_BYTES];
};

struct message {
    uint64_t due;     /* ns after the start */
    uint64_t sum;     /* the right answer */
    uint64_t latency; /* ns */
    uint64_t lag;     /* ns between due and sent */
};

struct load {
    bool serial;
    size_t connection_count, message_count, sent, answered;
    uint64_t start, end; /* start by the clock; end in ns after it */
    int epoll;
    struct message *messages;
    struct connection *connections;
};

static void
fail(const char *what)
{
    fprintf(stderr, "tcp_load: %s: %s\n", what, errno ? strerror(errno) : "failed");
    exit(1);
}

/* All messages of a key use one connection, so that its running sum has one order. */
static size_t
connection_of(const struct load *load, uint64_t number)
{
    return number % FRAME_KEYS % load->connection_count;
}

static uint64_t
next_on_connection(const struct load *load, uint64_t number)
{
    size_t connection = connection_of(load, number);
    do {
        number++;
    } while (connection_of(load, number) != connection);
    return number;
}

static void
schedule(struct load *load, double rate, double seconds)
{
    static double gap[GAPS];
    static uint64_t sums[FRAME_KEYS];
    double at = 0;
    size_t room = (size_t)(rate * seconds * 1.1) + 1000;
    load->messages = calloc(room, sizeof *load->messages);
    if (!load->messages) {
        fail("memory");
    }
    for (size_t j = 0; j < GAPS; j++) {
        gap[j] = -log(((double)j + 0.5) / GAPS) * 1e9 / rate;
    }
    size_t n = 0;
    for (; n < room && at < seconds * 1e9; n++) {
        uint64_t key = draw_key(1, n);
        at += gap[draw_below(draw(key, 1, 0), GAPS)];
        sums[n % FRAME_KEYS] += draw(key, 0, 0);
        load->messages[n].due = (uint64_t)at;
        load->messages[n].sum = sums[n % FRAME_KEYS];
    }
    load->message_count = n;
}

static void
connect_all(struct load *load, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    load->epoll = epoll_create1(0);
    load->connections = calloc(load->connection_count, sizeof *load->connections);
    if (!load->connections || load->epoll < 0) {
        fail("set-up");
    }
    for (size_t i = 0; i < load->connection_count; i++) {
        struct connection *c = &load->connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        int one = 1;
        c->fd = socket(AF_INET, SOCK_STREAM, 0);
        if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 ||
            epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0) {
            fail("connect");
        }
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        c->next = i; /* key i, the first of this connection */
    }
}

static bool
append(struct connection *c, uint64_t number, uint64_t due)
{
    if (c->out_to + FRAME_HEAD + FRAME_REQUEST > OUT_BYTES) {
        return false;
    }
    uint64_t key = draw_key(1, number);
    uint8_t *out = c->out + c->out_to;
    frame_put_head(out, FRAME_REQUEST);
    frame_put(out + 4, number);
    frame_put(out + 12, due);
    for (size_t j = 0; j < 6; j++) {
        frame_put(out + 20 + 8 * j, draw(key, 0, j));
    }
    c->out_to += FRAME_HEAD + FRAME_REQUEST;
    return true;
}

/* Takes up what is due by now. */
static void
take_due(struct load *load, uint64_t now)
{
    while (load->sent < load->message_count) {
        struct message *m = &load->messages[load->sent];
        if (load->serial && load->sent == load->answered) {
            m->due = now;
        }
        if (load->serial ? load->sent > load->answered : m->due > now) {
            return;
        }
        if (!append(&load->connections[connection_of(load, load->sent)], load->sent, m->due)) {
            return;
        }
        m->lag = now - m->due;
        load->sent++;
    }
}

static void
send_some(struct connection *c)
{
    ssize_t n =
        send(c->fd, c->out + c->out_from, c->out_to - c->out_from, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) {
        fail("send");
    }
    c->out_from += n > 0 ? (size_t)n : 0;
    if (c->out_from == c->out_to) {
        c->out_from = c->out_to = 0;
    }
}

static void
check_answer(struct load *load, struct connection *c, const uint8_t *answer, uint64_t now)
{
    uint64_t number = frame_get(answer + FRAME_HEAD);
    if (frame_get_head(answer) != FRAME_ANSWER || number != c->next || number >= load->sent) {
        fprintf(stderr, "tcp_load: answer %llu where %llu was due\n", (unsigned long long)number,
                (unsigned long long)c->next);
        exit(1);
    }
    struct message *m = &load->messages[number];
    if (frame_get(answer + 20) != m->sum) {
        fprintf(stderr, "tcp_load: answer %llu has the wrong sum\n", (unsigned long long)number);
        exit(1);
    }
    m->latency = now - m->due;
    load->answered++;
    c->next = next_on_connection(load, number);
}

static void
receive_some(struct load *load, struct connection *c)
{
    ssize_t n = recv(c->fd, c->in + c->in_filled, IN_BYTES - c->in_filled, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        errno = n ? errno : ECONNRESET;
        fail("receive");
    }
    if (n < 0) {
        return;
    }
    uint64_t now = clock_ns(CLOCK_MONOTONIC) - load->start;
    size_t at = 0;
    c->in_filled += (size_t)n;
    for (; c->in_filled - at >= FRAME_HEAD + FRAME_ANSWER; at += FRAME_HEAD + FRAME_ANSWER) {
        check_answer(load, c, c->in + at, now);
    }
    c->in_filled -= at;
    memmove(c->in, c->in + at, c->in_filled);
}

static void
receive_all(struct load *load)
{
    struct epoll_event events[CONNECTIONS_MAX];
    if (load->connection_count == 1) {
        receive_some(load, &load->connections[0]);
        return;
    }
    int ready = epoll_wait(load->epoll, events, CONNECTIONS_MAX, 0);
    for (int i = 0; i < ready; i++) {
        receive_some(load, events[i].data.ptr);
    }
}

static void
run(struct load *load)
{
    load->start = clock_ns(CLOCK_MONOTONIC);
    while (load->answered < load->message_count) {
        uint64_t now = clock_ns(CLOCK_MONOTONIC) - load->start;
        if (load->serial && now > load->end && load->sent == load->answered) {
            load->message_count = load->sent;
            break;
        }
        if (now > load->end + PATIENCE_NS) {
            errno = ETIMEDOUT;
            fail("answers are missing");
        }
        take_due(load, now);
        for (size_t i = 0; i < load->connection_count; i++) {
            if (load->connections[i].out_to > 0) {
                send_some(&load->connections[i]);
            }
        }
        receive_all(load);
    }
}

static int
compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void
print_quantiles(const char *name, uint64_t *values, size_t count)
{
    static const double quantiles[] = {50, 95, 99, 99.9, 99.99};
    qsort(values, count, sizeof *values, compare);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        size_t rank = (size_t)((double)count * quantiles[i] / 100);
        printf(", \"%s%g\": %.2f", name, quantiles[i],
               (double)values[rank < count ? rank : count - 1] * 1e-3);
    }
    printf(", \"%smax\": %.2f", name, (double)values[count - 1] * 1e-3);
}

/* Over the messages that were due after the warm-up. */
static void
report(const struct load *load, double warm)
{
    uint64_t *values = malloc((load->message_count + 1) * sizeof *values);
    size_t first = 0;
    while (first < load->message_count && load->messages[first].due < (uint64_t)(warm * 1e9)) {
        first++;
    }
    size_t count = load->message_count - first;
    if (!values || count == 0) {
        errno = 0;
        fail("no message to report on");
    }
    const struct message *messages = load->messages + first;
    double seconds = (double)(messages[count - 1].due - messages[0].due) * 1e-9;
    printf("{\"events\": %zu, \"seconds\": %.6f, \"rate\": %.0f", count, seconds,
           (double)count / seconds);
    for (size_t i = 0; i < count; i++) {
        values[i] = messages[i].latency;
    }
    print_quantiles("p", values, count);
    for (size_t i = 0; i < count; i++) {
        values[i] = messages[i].lag;
    }
    print_quantiles("lag_p", values, count);
    printf(", \"check\": true}\n");
    free(values);
}

int
main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "usage: tcp_load PORT RATE CONNECTIONS WARM SECONDS\n");
        return 2;
    }
    double rate = atof(argv[2]), warm = atof(argv[4]), seconds = atof(argv[5]);
    struct load load = {.connection_count = strtoul(argv[3], NULL, 10), .serial = rate <= 0};
    if (load.connection_count < 1 || load.connection_count > CONNECTIONS_MAX ||
        warm + seconds <= 0) {
        fprintf(stderr, "tcp_load: 1 to %d connections, more than 0 seconds\n", CONNECTIONS_MAX);
        return 2;
    }
    load.end = (uint64_t)((warm + seconds) * (double)SECOND_NS);
    schedule(&load, load.serial ? SERIAL_RATE : rate, warm + seconds);
    connect_all(&load, (uint16_t)strtoul(argv[1], NULL, 10));
    run(&load);
    report(&load, warm);
    return 0;
}
