/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* What the files of this folder share. Not for other folders.
 *
 * An exchange is one request and its answer. It belongs to its worker's thread, but for the time it
 * is under way at the pool or the writer: then nobody else touches it, and its connection is
 * suspended. It comes back through worker_finished.
 *
 *   loop.c      connections, epoll, what comes back        exchange.c  one request, step by step
 *   target.c    address                                    routes.c    which route
 *   gate.c      who, roles, CSRF, rate                     inputs.c    path, query and body to work
 *   dispatch.c  the rooms                                  write.c     the write transaction, repeats
 *   show.c      pages                                      problem.c   errors
 *   reply.c     bytes and headers                          events.c    server-sent events
 *   cache.c     answers kept for those not signed in       offline.c   for the service worker
 *   session.c   sessions and their secrets                 rate.c      limits that outlive a restart */
#ifndef WESH_HTTP_SERVER_H
#define WESH_HTTP_SERVER_H

#include "http/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <zlib.h>

enum {
    REQUEST_BYTES_MAX = 4 * 1024 * 1024, /* arena of one request */
    ANSWER_BYTES_MAX = 2 * 1024 * 1024,  /* JSON or HTML */
    TARGET_BYTES_MAX = 8 * 1024,
    HEADER_BYTES_MAX = 32 * 1024,
    CONNECTIONS_MAX = 512, /* a worker */
    STREAMS_MAX = 256,     /* a worker; the rest of the connections stay free for short requests */
    PERSON_STREAMS_MAX = 32,  /* of STREAMS_MAX */
    ADDRESS_STREAMS_MAX = 16, /* the same for an address where nobody is signed in */
    NOBODY_STREAMS_MAX = STREAMS_MAX * 3 / 4, /* the rest is for people who are signed in */
    TOPICS_MAX = 256, /* waiting at a worker; past it all its streams look again */
    SEGMENTS_MAX = 12,
    WORKERS_MAX = 64,
    WORKERS_DEFAULT = 8, /* at most */
    IDLE_SECONDS = 30,
    BODY_BYTES_A_SECOND =
        8 * 1024,         /* least speed of a body, once it takes longer than idle_seconds */
    ANSWER_SECONDS = 600, /* longest time to take an answer in */
    STOP_SECONDS = 10,
    HEARTBEAT_SECONDS = 15,
};

struct exchange;
struct stream;

/* target.c */
struct target {
    struct text path;                   /* "/tasks/…" as sent */
    struct text query;                  /* behind '?', as sent; at NULL when there is none */
    struct text segments[SEGMENTS_MAX]; /* decoded */
    size_t segment_count;
};
MUST err target_parse(struct arena *a, const char *uri, struct target *ret);
bool target_is_local(struct text path); /* a path on this site: fit for a redirect */
void target_encode(struct buf *b,
                   struct text t); /* percent-encoded, for a query value or segment */

/* routes.c */
struct routes;
struct routes *routes_new(struct arena *a, const struct feature *const *features);
struct route_match {
    const struct route *route; /* NULL: none for this method */
    struct input *path;        /* path fields as an object of texts */
    unsigned methods;          /* bits of the methods known here, 1 << enum http_method */
};
void routes_find(const struct routes *r, struct arena *a, const struct target *t,
                 enum http_method method, struct route_match *ret);
const struct route *routes_page(const struct routes *r, const char *path); /* NULL when absent */
const char *routes_allow(struct arena *a, unsigned methods);
/* A pattern with its names filled in from path fields, and "{id}" from id. */
struct text routes_fill(struct arena *a, const char *pattern, struct input *path, uint128 id);

/* accept.c */
bool accept_has(const char *header, const char *media_type); /* NULL header: anything goes */
bool accept_gzip(const char *header);
bool accept_is_type(const char *content_type, const char *media_type);

/* limit.c */
struct limit;
struct limit *limit_new(int per_minute, const struct random_source *random);
void limit_free(struct limit *l);
bool limit_take(struct limit *l, uint128 who, int64_t now_ms); /* false: too many */

/* pool.c */
struct pool;
struct pool *pool_new(int threads, size_t queue_max);
void pool_free(struct pool *p); /* what is queued is finished first */
MUST err pool_submit(struct pool *p,
                     struct exchange *x); /* ERR_BUSY, ERR_RATE; runs write_prepare */

/* session.c */
struct session {
    struct actor actor;
    enum session_kind kind;
};
MUST err session_find(struct tx *tx, struct text secret, struct session *ret, bool *ret_found);
MUST err session_end(struct tx *tx, struct text secret);
MUST err session_prune(struct tx *tx, void *task_run);

/* rate.c */
MUST err rate_prune(struct tx *tx, void *task_run);

/* csrf.c */
struct text csrf_token(struct arena *a, struct text secret, const struct random_source *random);
bool csrf_ok(struct arena *a, struct text secret, struct text token);

/* body.c */
struct body {
    struct arena *arena;
    const char *folder;
    size_t max, len, cap;
    char *at;
    int fd; /* spooled to a file without a name; -1: in the arena */
    void *map;
};
void body_begin(struct body *b, struct arena *a, const char *folder, size_t max);
MUST err body_add(struct body *b, const char *bytes, size_t count);
MUST err body_done(struct body *b, struct text *ret); /* lives until body_free */
void body_free(struct body *b);

/* reply.c */
struct answer {
    int status;
    const char *media_type; /* NULL: no body */
    struct text body, gzip;
    int fd; /* -1: none; else body is this file, file_bytes long */
    uint64_t file_bytes;
    struct text location;
    const char *cache; /* Cache-Control */
    const char *allow; /* Allow */
    const char *cookies[4];
    size_t cookie_count;
    const char *disposition;
    const char *etag; /* with quotes; NULL: made from the body of a cacheable 200 */
    bool any_origin, retry_later, varies;
    bool clears;                 /* the browser forgets all that it kept of this site */
    struct MHD_Response *stream; /* instead of body */
};
struct answer answer_new(int status);
struct answer answer_of(int status, const char *media_type, struct text body);
enum MHD_Result reply_send(struct exchange *x, struct answer *answer);
/* The client has it already (If-None-Match): reply_send will answer 304. */
bool reply_not_modified(const struct exchange *x, const struct answer *answer);

/* An idempotency key and what it stands for. */
struct key {
    uint128 v; /* 0: none */
    struct sha256 body;
};

enum step {
    STEP_HEADERS, /* the request line is in */
    STEP_BODY,
    STEP_UNDER_WAY, /* suspended: pool or writer has it */
    STEP_DONE,      /* came back */
    STEP_REPLYING
};

struct exchange {
    struct worker *worker;
    struct client *client;
    struct MHD_Connection *connection;
    struct arena *arena;
    enum step step;
    int64_t began_ms; /* monotonic */
    const char *uri;  /* as sent; NULL: longer than TARGET_BYTES_MAX */
    const char *method_name;
    enum http_method method;
    bool starts_api; /* "/v1/…", also when the address is too long to be kept */
    bool is_head, is_api /* below /v1 */;
    struct target target;
    struct route_match match;
    const struct rooms *rooms;
    err result;  /* of what was done so far */
    int success; /* status of success; of a repeat: what it was then */

    struct session session; /* who; nobody: actor.person none */
    struct text secret;
    bool by_cookie, cookie_stale;
    bool is_known;           /* the session was met before, or there is none */
    bool entered;            /* gate_enter let them in */
    bool is_repeat;          /* its key was met before: apply answers as it did then */
    uint64_t session_tables; /* that the session was read from */

    size_t body_seen;
    struct body body;
    struct input *query, *fields; /* NULL: not read yet */
    struct request rq;
    void *work;
    size_t work_size;
    void *work_before; /* as it was before the first try of apply */
    struct key key;
    struct view *view;
    struct db_versions versions; /* of the tables, before anything was read */
    uint64_t tables;             /* that the snapshot looked at */
    bool is_kept;                /* the answer goes into the cache */
    bool took_random;            /* the page holds something that is made anew each time */
    struct file_answer file;
    struct db_job job;
    struct stream *stream;

    size_t bytes_out;
    int status;
    struct exchange *next; /* in a queue */
};

/* exchange.c */
struct exchange *exchange_new(struct worker *w, struct client *c, const char *uri);
void exchange_free(struct exchange *x); /* logs it */
enum MHD_Result exchange_step(struct exchange *x, const char *method, const char *bytes,
                              size_t *count);
const char *exchange_header(const struct exchange *x, const char *name); /* NULL when absent */
bool exchange_is_page(const struct exchange *x); /* errors are told as HTML */

/* gate.c */
void gate_credentials(struct exchange *x); /* finds the secret in the headers */
MUST err gate_address(struct exchange *x); /* rate of those who show no secret */
/* Session, rate, role, step-up. After gate_is_known tx may be NULL, but for ROOMS_STEP_UP. */
MUST err gate_enter(struct exchange *x, struct tx *tx);
bool gate_is_known(struct exchange *x);                 /* gate_enter needs no transaction */
MUST err gate_again(struct exchange *x, struct tx *tx); /* later: is it still so */
bool gate_may(const struct exchange *x, const struct rooms *rooms);
MUST err gate_csrf(struct exchange *x); /* after the fields are read */
MUST err gate_origin(struct exchange *x);
const char *gate_browser_cookie(const struct exchange *x); /* its name */

/* inputs.c */
MUST err inputs_query(struct exchange *x);
MUST err inputs_fields(struct exchange *x); /* the body, not yet put into work */
MUST err inputs_read(struct exchange *x);   /* the room `read` */
/* The work of another READ, on this request's path and query. */
MUST err inputs_part(struct exchange *x, const struct rooms *rooms, void **ret_work);

/* dispatch.c */
enum MHD_Result dispatch_begin(struct exchange *x); /* the body is in */
enum MHD_Result dispatch_end(struct exchange *x);   /* it came back from the writer */
enum MHD_Result dispatch_fail(struct exchange *x, err e);

/* write.c */
MUST err write_key(struct exchange *x);             /* reads and checks the idempotency key */
MUST err write_look(struct tx *tx, void *exchange); /* x->is_repeat, or the room `look` */
void write_prepare(struct exchange *x);             /* on a thread of the pool; then submits */
MUST err write_submit(struct exchange *x);
MUST err write_apply(struct tx *tx, void *exchange); /* repeats, or the room `apply` */
MUST err write_prune(struct tx *tx, void *task_run);

/* show.c */
MUST err show_load(struct exchange *x, struct tx *tx, const struct route *route, void *work,
                   struct view **ret); /* the view and its parts */
MUST err show_render(struct exchange *x, const char *template_name, struct view *root,
                     struct view *form, struct text *ret_html);
MUST err show_again(struct exchange *x, struct view *form, struct text *ret_html);

/* cache.c */
struct cache;
bool cache_fits(const struct exchange *x); /* may the answer be shared with others? */
bool cache_send(struct exchange *x, enum MHD_Result *ret_result); /* false: it is not there */
void cache_keep(struct exchange *x, const struct answer *answer, struct MHD_Response *response);
void cache_free(struct cache *c);

/* known.c */
struct known;
bool known_find(struct exchange *x, struct session *ret); /* whose x->secret is */
void known_keep(struct exchange *x, const struct session *session, uint64_t tables);
void known_free(struct known *k);

/* problem.c */
enum MHD_Result problem_send(struct exchange *x, err e);
struct view *problem_form(struct exchange *x, err e); /* for show_again */

/* events.c */
enum MHD_Result events_open(struct exchange *x);
void events_close(struct exchange *x);
void events_wake(struct worker *w, const uint128 *topics, size_t count, bool all);
void events_tick(struct worker *w, int64_t now_ms);
void events_stop(struct worker *w);

/* assets.c */
extern const struct rooms assets_show;

/* offline.c */
extern const struct rooms offline_worker, offline_page, offline_session;

struct client { /* one connection */
    struct worker *worker;
    struct client *next, **link;
    struct MHD_Connection *connection;
    struct exchange *exchange; /* under way; NULL: waiting for a request */
    int fd;
    int64_t since_ms; /* since when it waits for a request */
    uint128 address;
    bool is_loopback;
};

struct worker {
    struct http *http;
    pthread_t thread;
    bool is_running; /* the thread was made */
    struct MHD_Daemon *daemon;
    int listen_fd, wake_fd, epoll_fd;

    pthread_mutex_t lock; /* of what others put here: */
    struct exchange *finished, **finished_end;
    uint128 topics[TOPICS_MAX];
    size_t topic_count;
    bool topics_lost;
    atomic_size_t stream_count; /* written by the worker, read by others */

    /* The worker's thread only: */
    struct client *clients;
    size_t exchange_count, under_way_count;
    struct stream *streams;
    struct arena *spare[32];
    size_t spare_count;
    struct cache *cache;
    struct known *known;
    z_stream deflate;
    bool deflate_ready;
    bool is_stopping;
    int64_t stop_by_ms, ticked_ms;
};
/* loop.c */
MUST err worker_start(struct worker *w, struct http *h, int listen_fd);
void worker_wake(struct worker *w);                                        /* any thread */
void worker_finished(struct worker *w, struct exchange *x);                /* any thread */
void worker_notify(struct worker *w, const uint128 *topics, size_t count); /* any thread */
void worker_join(struct worker *w);
struct arena *worker_arena(struct worker *w);
void worker_arena_back(struct worker *w, struct arena *a);
int64_t loop_now_ms(void); /* monotonic */

struct http {
    struct http_options options;
    struct arena *arena; /* as long as the server */
    const char *base_url;
    bool is_https;
    atomic_bool told_proxy; /* that the proxy does not say whom it asks for */
    const char *folder;
    int folder_fd;
    int port;
    struct routes *routes;
    struct limit *limit; /* NULL: no limit */
    struct pool *pool;
    struct text openapi; /* JSON */
    atomic_bool stopping;
    int worker_count;
    struct worker workers[WORKERS_MAX];
};

#endif
