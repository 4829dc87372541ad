/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The HTTP server: libmicrohttpd driven by our own epoll loops (see docs/adr/0005).
 *
 * N workers, each with a listening socket (SO_REUSEPORT), an epoll loop and an eventfd. What waits
 * for the writer or the pool is suspended and resumed through the eventfd. */
#ifndef WESH_HTTP_HTTP_H
#define WESH_HTTP_HTTP_H

#include "http/route.h"
#include "page/page.h"

struct http_options {
    struct db *db;
    const struct feature *const *features; /* NULL-terminated; http_feature is one of them */
    const struct page_set *pages;          /* NULL: no templates, plain error pages only */
    const char *address;                   /* "127.0.0.1" */
    int port;                              /* 0: any; see http_port */
    int workers;                           /* 0: one a processor, at most 8 */
    const char *base_url;                  /* NULL: from address and port */
    bool demo;
    const struct clock *clock;
    const struct random_source *random;
    int requests_per_minute; /* per person or address; 0: the default, -1: no limit (bench) */
    int idle_seconds;        /* 0: 30; tests wait less */
    int heartbeat_seconds;   /* of event streams; 0: 15 */
};
struct http;
MUST err http_start(const struct http_options *o, struct http **ret, const char **ret_detail);
int http_port(const struct http *h);
/* For db_options.notify; NULL is fine. No call may begin once http_stop was called. */
void http_notify(void *http, const uint128 *topics, size_t count);
/* Refuses new requests, finishes what is under way (clients have 10 s; what the writer or the pool
 * holds is always waited for), ends the streams, frees. Before db_close. NULL is fine. */
void http_stop(struct http *h);

extern const struct feature http_feature; /* health, OpenAPI, assets, language, sign-out */

/* OpenAPI 3.0 of all /v1 routes, from the routes tables. */
MUST err openapi_view(struct arena *a, const struct feature *const *features, const char *base_url,
                      struct view **ret);

/* Sessions (src/http/session.c) */
enum session_kind { SESSION_BROWSER, SESSION_TOKEN };
/* Makes a session and gives its secret once (base64url of 32 random bytes); only its hash is stored. */
MUST err session_create(struct tx *tx, struct person_id person, enum session_kind kind,
                        int64_t lifetime_us, struct text *ret_secret);
MUST err sign_in_link_create(struct tx *tx, struct person_id person, int64_t lifetime_us,
                             struct text *ret_secret);
/* Uses a link up: ERR_SIGN_IN_LINK when it is unknown, used or too old. */
MUST err sign_in_link_use(struct tx *tx, struct text secret, struct person_id *ret_person);
/* Numbers and texts an operator can change; `otherwise` when not set. */
MUST err setting_int(struct tx *tx, const char *name, int64_t otherwise, int64_t *ret);
MUST err setting_set(struct tx *tx, const char *name, struct text value);

#endif
