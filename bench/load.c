/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* bench_load PORT CLIENTS SECONDS THREADS pay uniform|zipf|one FOLDER IDS
 * bench_load PORT CLIENTS SECONDS THREADS get PATH plain|gzip [FOLDER]
 *
 * Asks a server on this machine over CLIENTS kept connections, each with one request under way, and
 * checks every answer: a payment's state, amount and shop; of a GET that all answers are the same
 * bytes, or about as long where they differ. The first wrong one ends the program. With FOLDER (see
 * bench_data) each request comes from a resident chosen at random; {n} in PATH is a random number
 * from 000 to 999; uniform, zipf or one tells which shop is paid. A fifth of SECONDS more goes before
 * what is measured. IDS gets the ids of all payments that were answered as done, 16 bytes each.
 *
 * Prints one JSON object; times are microseconds from writing a request to having its answer. */
#include "base/source.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    TOKEN = 43,
    UUID = 36,
    PAYMENT_BODY = 66, /* bytes */
    THREADS_MAX = 16,
    SHOPS_MAX = 1000,
    CLIENTS_MAX = 4096,
    LATENCY_STEP_US = 10,
    LATENCY_STEPS = 1000000, /* the last one is for all that took longer */
    ANSWER_MAX = 1 << 20,
    DRAIN_US = 60000000,
};

struct lines { /* a file of lines that are all of one length */
    char *at;
    size_t width, count;
};

struct options {
    int port, clients, threads;
    int64_t seconds;
    bool pays, by_resident, gzip;
    const char *path;
    struct lines tokens, shops;
    double shop_up_to[SHOPS_MAX]; /* chance of this shop or one before it */
    char template[1024];
    size_t template_len, token_at, key_at, shop_at, amount_at, number_at; /* 0: not there */
    char *expected;                                                       /* body of a GET */
    size_t expected_len;
};
static struct options o;

struct connection {
    int fd;
    char *in;
    size_t in_len, in_size;
    size_t header_len, body_len; /* 0: not known yet */
    int64_t began_us;
    size_t shop;
    int64_t amount;
};

struct worker {
    pthread_t thread;
    struct connection *connections;
    int count, busy, epoll;
    struct random_seeded random_state;
    struct random_source random;
    char request[sizeof o.template];
    uint32_t *latencies; /* answers by steps of time */
    uint64_t measured, acknowledged;
    int64_t slowest_us, cents;
    uint8_t (*ids)[16];
    size_t ids_room;
};
static int64_t measure_from_us, measure_until_us;

static _Noreturn void die(const char *what, const char *more, size_t len)
{
    fprintf(stderr, "bench_load: %s%.*s\n", what, (int)(len > 1500 ? 1500 : len), more);
    exit(1);
}

static void *memory(size_t count, size_t size)
{
    void *at = calloc(count, size);
    if (at == NULL)
        die("out of memory", "", 0);
    return at;
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

static struct lines lines_read(const char *folder, const char *name, size_t width)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        die("can't be read: ", path, strlen(path));
    size_t size = (size_t)ftell(file);
    struct lines l = { memory(size + 1, 1), width + 1, size / (width + 1) };
    rewind(file);
    if (l.count == 0 || fread(l.at, 1, size, file) != size)
        die("can't be read: ", path, strlen(path));
    fclose(file);
    return l;
}

static const char *line(const struct lines *l, size_t at)
{
    return l->at + at * l->width;
}

/* Requests: a template, in which the parts that differ are written over. */

static void template_make(void)
{
    char *t = o.template;
    size_t size = sizeof o.template, len;
    if (o.pays)
        len = (size_t)snprintf(t, size,
                               "POST /v1/payments HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                               "Authorization: Bearer %*s\r\nContent-Type: application/json\r\n"
                               "Idempotency-Key: %*s\r\nContent-Length: %d\r\n\r\n"
                               "{\"shopId\":\"%*s\",\"amountCents\":10}",
                               o.port, TOKEN, "", UUID, "", PAYMENT_BODY, UUID, "");
    else
        len = (size_t)snprintf(t, size, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s%*s%s\r\n",
                               o.path, o.port, o.gzip ? "Accept-Encoding: gzip\r\n" : "",
                               o.by_resident ? "Authorization: Bearer " : "",
                               o.by_resident ? TOKEN : 0, "", o.by_resident ? "\r\n" : "");
    if (len >= size)
        die("the path is too long", "", 0);
    o.template_len = len;
    const char *number = o.pays ? NULL : strstr(t, "{n}");
    if (number != NULL)
        o.number_at = (size_t)(number - t);
    if (o.by_resident)
        o.token_at = (size_t)(strstr(t, "Bearer ") + 7 - t);
    if (o.pays) {
        o.key_at = (size_t)(strstr(t, "-Key: ") + 6 - t);
        o.shop_at = (size_t)(strstr(t, "shopId\":\"") + 9 - t);
        o.amount_at = (size_t)(strstr(t, "Cents\":") + 7 - t);
        if (strstr(t, "\r\n\r\n") + 4 + PAYMENT_BODY != t + len)
            die("the length of the body is wrong", "", 0);
    }
}

static void shops_weigh(const char *how)
{
    bool one = strcmp(how, "one") == 0, zipf = strcmp(how, "zipf") == 0;
    double sum = 0;
    if (o.shops.count > SHOPS_MAX || (!one && !zipf && strcmp(how, "uniform") != 0))
        die("too many shops, or a way to choose them that isn't there: ", how, strlen(how));
    for (size_t i = 0; i < o.shops.count; i++) {
        sum += one ? i == 0 : zipf ? 1.0 / (double)(i + 1) : 1;
        o.shop_up_to[i] = sum;
    }
    for (size_t i = 0; i < o.shops.count; i++)
        o.shop_up_to[i] /= sum;
}

static uint64_t chance(struct worker *w)
{
    uint64_t bits;
    w->random.fill(w->random.self, &bits, sizeof bits);
    return bits >> 11; /* 53 bits, as a double holds */
}

static size_t shop_choose(struct worker *w)
{
    double at = (double)chance(w) / (double)(UINT64_C(1) << 53);
    size_t shop = 0;
    while (shop + 1 < o.shops.count && o.shop_up_to[shop] <= at)
        shop++;
    return shop;
}

static void request_send(struct worker *w, struct connection *c)
{
    char *r = w->request;
    if (o.by_resident)
        memcpy(r + o.token_at, line(&o.tokens, chance(w) % o.tokens.count), TOKEN);
    if (o.pays) {
        c->shop = shop_choose(w);
        c->amount = 10 + (int64_t)(chance(w) % 90);
        uuid_write(uuid7_make(clock_now(&clock_system), &w->random), r + o.key_at);
        memcpy(r + o.shop_at, line(&o.shops, c->shop), UUID);
        r[o.amount_at] = (char)('0' + c->amount / 10);
        r[o.amount_at + 1] = (char)('0' + c->amount % 10);
    }
    if (o.number_at != 0) {
        int number = (int)(chance(w) % 1000);
        for (size_t i = 3; i-- > 0; number /= 10)
            r[o.number_at + i] = (char)('0' + number % 10);
    }
    c->in_len = c->header_len = c->body_len = 0;
    c->began_us = now_us();
    /* One request fits an empty socket, and nothing else is under way. */
    if (send(c->fd, r, o.template_len, MSG_NOSIGNAL) != (ssize_t)o.template_len)
        die("can't send", "", 0);
}

/* Answers */

static bool holds(const struct connection *c, const char *wanted, size_t len)
{
    return memmem(c->in + c->header_len, c->body_len, wanted, len) != NULL;
}

static void payment_check(struct worker *w, struct connection *c)
{
    const char *body = c->in + c->header_len;
    char amount[32];
    size_t len = (size_t)snprintf(amount, sizeof amount, "\"amountCents\":%d,", (int)c->amount);
    uint128 id;
    bool is_right = memcmp(c->in, "HTTP/1.1 201 ", 13) == 0 && c->body_len > 8 + UUID &&
                    memcmp(body, "{\"id\":\"", 7) == 0 &&
                    uuid_parse((struct text){ body + 7, UUID }, &id) == OK &&
                    holds(c, amount, len) && holds(c, "\"state\":\"posted\"", 16) &&
                    holds(c, line(&o.shops, c->shop), UUID);
    if (!is_right)
        die("not the answer to a payment: ", c->in, c->in_len);
    if (w->acknowledged == w->ids_room) {
        w->ids_room = w->ids_room == 0 ? 65536 : 2 * w->ids_room;
        w->ids = realloc(w->ids, w->ids_room * sizeof *w->ids);
        if (w->ids == NULL)
            die("out of memory", "", 0);
    }
    uuid_to_bytes(id, w->ids[w->acknowledged++]);
    w->cents += c->amount;
}

static void get_check(const struct connection *c)
{
    bool is_right = memcmp(c->in, "HTTP/1.1 200 ", 13) == 0;
    if (o.by_resident || o.number_at != 0) /* about as long as another one's */
        is_right = is_right && c->body_len * 5 >= o.expected_len * 4 &&
                   c->body_len * 4 <= o.expected_len * 5;
    else
        is_right = is_right && c->body_len == o.expected_len &&
                   memcmp(c->in + c->header_len, o.expected, o.expected_len) == 0;
    if (!is_right)
        die("not the answer expected: ", c->in, c->in_len);
}

static void head_read(struct connection *c)
{
    const char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
    if (end == NULL)
        return;
    c->header_len = (size_t)(end - c->in) + 4;
    c->in[c->header_len - 1] = '\0';
    const char *length = strcasestr(c->in, "\r\nContent-Length: ");
    c->in[c->header_len - 1] = '\n';
    if (length == NULL)
        die("no length in: ", c->in, c->header_len);
    for (length += 18; *length >= '0' && *length <= '9'; length++)
        c->body_len = c->body_len * 10 + (size_t)(*length - '0');
    if (c->body_len + c->header_len > ANSWER_MAX)
        die("too long an answer", "", 0);
}

/* True when the answer is there as a whole. */
static bool answer_read(struct connection *c)
{
    for (;;) {
        if (c->in_len == c->in_size) {
            c->in_size = c->in_size == 0 ? 16384 : 2 * c->in_size;
            c->in = realloc(c->in, c->in_size);
            if (c->in == NULL)
                die("out of memory", "", 0);
        }
        ssize_t got = recv(c->fd, c->in + c->in_len, c->in_size - c->in_len, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (got <= 0)
            die("the server hung up after: ", c->in, c->in_len);
        c->in_len += (size_t)got;
        if (c->header_len == 0)
            head_read(c);
        if (c->header_len != 0 && c->in_len >= c->header_len + c->body_len)
            return true;
    }
}

static void answer_take(struct worker *w, struct connection *c)
{
    int64_t now = now_us(), took = now - c->began_us;
    if (o.pays)
        payment_check(w, c);
    else
        get_check(c);
    if (now >= measure_from_us && now < measure_until_us) {
        w->measured++;
        int64_t step = took / LATENCY_STEP_US;
        w->latencies[step < LATENCY_STEPS ? step : LATENCY_STEPS]++;
        w->slowest_us = took > w->slowest_us ? took : w->slowest_us;
    }
    if (now < measure_until_us)
        request_send(w, c);
    else
        w->busy--;
}

static void *worker_main(void *self)
{
    struct worker *w = self;
    struct epoll_event events[256];
    for (int i = 0; i < w->count; i++)
        request_send(w, &w->connections[i]);
    w->busy = w->count;
    while (w->busy > 0) {
        int ready = epoll_wait(w->epoll, events, 256, 1000);
        if (now_us() > measure_until_us + DRAIN_US)
            die("some requests were never answered", "", 0);
        for (int i = 0; i < ready; i++)
            if (answer_read(events[i].data.ptr))
                answer_take(w, events[i].data.ptr);
    }
    return NULL;
}

/* The run */

static int connected(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)o.port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
        die("can't connect: ", strerror(errno), 100);
    return fd;
}

static void random_open(struct worker *w)
{
    uint64_t seed;
    random_system.fill(random_system.self, &seed, sizeof seed);
    w->random = random_seeded(&w->random_state, seed);
    memcpy(w->request, o.template, sizeof w->request);
}

/* The bytes that every answer has to have. */
static void expectation_get(void)
{
    struct worker w = { .count = 0 };
    struct connection c = { .fd = connected() };
    random_open(&w);
    request_send(&w, &c);
    while (!answer_read(&c))
        usleep(100);
    o.expected_len = c.body_len;
    o.expected = memory(c.body_len + 1, 1);
    memcpy(o.expected, c.in + c.header_len, c.body_len);
    close(c.fd);
    free(c.in);
}

static void worker_open(struct worker *w, int count)
{
    random_open(w);
    w->latencies = memory(LATENCY_STEPS + 1, sizeof *w->latencies);
    w->connections = memory((size_t)count, sizeof *w->connections);
    w->count = count;
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < count; i++) {
        struct connection *c = &w->connections[i];
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
        c->fd = connected();
        if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
            die("epoll: ", strerror(errno), 100);
    }
}

static int64_t percentile_us(const struct worker *workers, uint64_t measured, uint64_t per_thousand)
{
    uint64_t before = 0;
    int64_t step = 0;
    for (; step < LATENCY_STEPS; step++) {
        for (int i = 0; i < o.threads; i++)
            before += workers[i].latencies[step];
        if (before > 0 && before * 1000 >= measured * per_thousand)
            break;
    }
    return (step + 1) * LATENCY_STEP_US;
}

static void ids_write(const struct worker *workers, const char *path)
{
    FILE *file = fopen(path, "wb");
    bool is_written = file != NULL;
    for (int i = 0; i < o.threads && is_written; i++)
        is_written =
            fwrite(workers[i].ids, 16, workers[i].acknowledged, file) == workers[i].acknowledged;
    if (!is_written || fclose(file) != 0)
        die("can't be written: ", path, strlen(path));
}

static void report(const struct worker *workers)
{
    uint64_t measured = 0, acknowledged = 0;
    int64_t slowest = 0, cents = 0;
    struct rusage used;
    for (int i = 0; i < o.threads; i++) {
        measured += workers[i].measured;
        acknowledged += workers[i].acknowledged;
        cents += workers[i].cents;
        slowest = workers[i].slowest_us > slowest ? workers[i].slowest_us : slowest;
    }
    getrusage(RUSAGE_SELF, &used);
    printf("{\"answers\":%llu,\"perSecond\":%.1f,\"p50us\":%lld,\"p99us\":%lld,\"maxUs\":%lld,"
           "\"acknowledged\":%llu,\"cents\":%lld,\"bytes\":%zu,\"clientCpuSeconds\":%.3f}\n",
           (unsigned long long)measured, (double)measured / (double)o.seconds,
           (long long)percentile_us(workers, measured, 500),
           (long long)percentile_us(workers, measured, 990), (long long)slowest,
           (unsigned long long)acknowledged, (long long)cents, o.expected_len,
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

static void run(const char *ids)
{
    struct worker *workers = memory((size_t)o.threads, sizeof *workers);
    for (int i = 0; i < o.threads; i++)
        worker_open(&workers[i], o.clients / o.threads + (i < o.clients % o.threads));
    measure_from_us = now_us() + o.seconds * SECOND_US / 5;
    measure_until_us = measure_from_us + o.seconds * SECOND_US;
    for (int i = 0; i < o.threads; i++)
        if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) != 0)
            die("no thread", "", 0);
    for (int i = 0; i < o.threads; i++)
        pthread_join(workers[i].thread, NULL);
    if (ids != NULL)
        ids_write(workers, ids);
    report(workers);
}

static bool number(const char *argument, int64_t max, int64_t *ret)
{
    return text_int(text_of(argument), ret) == OK && *ret >= 1 && *ret <= max;
}

int main(int argc, char **argv)
{
    int64_t port, clients, threads;
    bool is_right = argc >= 8 && number(argv[1], 65535, &port) &&
                    number(argv[2], CLIENTS_MAX, &clients) && number(argv[3], 3600, &o.seconds) &&
                    number(argv[4], THREADS_MAX, &threads);
    o.pays = is_right && strcmp(argv[5], "pay") == 0;
    if (!is_right || (o.pays ? argc != 9 : strcmp(argv[5], "get") != 0 || argc > 9)) {
        fprintf(stderr,
                "usage: bench_load PORT CLIENTS SECONDS THREADS pay uniform|zipf|one FOLDER "
                "IDS\n       bench_load PORT CLIENTS SECONDS THREADS get PATH plain|gzip "
                "[FOLDER]\n");
        return 2;
    }
    o.port = (int)port;
    o.clients = (int)clients;
    o.threads = (int)(threads < clients ? threads : clients);
    const char *folder = o.pays ? argv[7] : argc == 9 ? argv[8] : NULL;
    o.by_resident = folder != NULL;
    o.path = argv[6];
    o.gzip = !o.pays && strcmp(argv[7], "gzip") == 0;
    if (folder != NULL)
        o.tokens = lines_read(folder, "bench-tokens.txt", TOKEN);
    if (o.pays) {
        o.shops = lines_read(folder, "bench-shops.txt", UUID);
        shops_weigh(argv[6]);
    }
    template_make();
    if (!o.pays)
        expectation_get();
    run(o.pays ? argv[8] : NULL);
    return 0;
}
