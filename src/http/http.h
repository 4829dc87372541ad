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
enum session_method { /* how its person signed in; names in session_methods */
                      METHOD_LINK,
                      METHOD_EMAIL,
                      METHOD_PASSKEY,
                      METHOD_PROVIDER,
                      METHOD_RECOVERY,
                      METHOD_SIGN_UP,
                      METHOD_DEMO,
                      METHOD_TOKEN
};
extern const char *const session_methods[];
struct session_new {
    struct person_id person;
    enum session_kind kind;
    enum session_method method;
    struct any_id provider; /* of method provider */
    struct text device;     /* as session_device names it; or none */
    bool is_strong;         /* two factors were shown */
    int64_t lifetime_us;
};
/* Makes a session and gives its secret once (base64url of 32 random bytes); only its hash is stored. */
MUST err session_begin(struct tx *tx, const struct session_new *n, struct text *ret_secret);
/* The same, without what is only known in a browser. */
MUST err session_create(struct tx *tx, struct person_id person, enum session_kind kind,
                        int64_t lifetime_us, struct text *ret_secret);
/* Two factors were shown in a session: it goes on under a new secret. */
MUST err session_strengthen(struct tx *tx, struct text secret, struct text *ret_secret);
/* Ends a person's browser sessions, all but one (or none: 0); when their roles or ways in change. */
MUST err session_end_others(struct tx *tx, struct person_id person, struct any_id but);
/* "Firefox, Windows", from a User-Agent header; NULL or unknown gives "". */
struct text session_device(struct arena *a, const char *user_agent);
/* Roles that need two factors, unless this setting is 0 (it is 1 when not set). */
#define SETTING_TWO_FACTORS "sign-in.officers-need-two-factors"
#define ROLES_STRONG                                                                               \
    (ROLE_INSPECTOR | ROLE_AUTHOR | ROLE_MANAGER | ROLE_TREASURER | ROLE_AUDITOR | ROLE_OPERATOR)
#define SESSION_STEP_UP_US (10 * MINUTE_US)

/* Limits that outlive a restart (src/http/rate.c): `burst` at once, and one more each `every_us`. */
struct rate {
    const char *name; /* of what is limited */
    struct text who;
    int64_t burst, every_us;
};
/* Takes one from each, or from none: ERR_RATE_SLOW. Call it before the first write. */
MUST err rate_take(struct tx *tx, const struct rate *rates, size_t count);
struct text rate_address(struct arena *a, uint128 address); /* as `who` */
/* The hash under which a secret is stored, and a fresh secret of 32 bytes in base64url. */
struct text secret_hash(struct arena *a, struct text secret);
struct text secret_new(struct tx *tx);
/* The secret that ties steps to the browser: the one it has, or a new one, set by this. */
struct text browser_secret(struct request *rq);

MUST err sign_in_link_create(struct tx *tx, struct person_id person, int64_t lifetime_us,
                             struct text *ret_secret);
/* Uses a link up: ERR_SIGN_IN_LINK when it is unknown, used or too old. */
MUST err sign_in_link_use(struct tx *tx, struct text secret, struct person_id *ret_person);
/* Numbers and texts an operator can change; `otherwise` when not set. */
MUST err setting_int(struct tx *tx, const char *name, int64_t otherwise, int64_t *ret);
/* TEXT_NONE when not set. */
MUST err setting_text(struct tx *tx, const char *name, struct text *ret);
MUST err setting_set(struct tx *tx, const char *name, struct text value);

#endif
