/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include "base/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DISCARD_MAX = 64 * 1024 * 1024 }; /* of a body we don't want: read, so the answer arrives */

static const char *const method_names[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

struct exchange *exchange_new(struct worker *w, struct client *c, const char *uri)
{
    struct arena *a = worker_arena(w);
    struct exchange *x = ARENA_NEW(a, struct exchange);
    x->arena = a;
    x->worker = w;
    x->client = c;
    x->connection = c->connection;
    x->began_ms = loop_now_ms();
    x->body.fd = -1;
    x->method_name = "?";
    struct text t = text_of(uri);
    x->starts_api = text_starts(t, "/v1/");
    if (t.len <= TARGET_BYTES_MAX)
        x->uri = text_cstr(a, t);
    c->exchange = x;
    w->exchange_count++;
    return x;
}

void exchange_free(struct exchange *x)
{
    struct worker *w = x->worker;
    assert(x->step != STEP_UNDER_WAY);
    if (x->status != 0)
        log_line(LOG_INFO, "request", "method=%s route=%s status=%d ms=%lld bytes=%zu",
                 x->method_name, x->match.route == NULL ? "-" : x->match.route->path, x->status,
                 (long long)(loop_now_ms() - x->began_ms), x->bytes_out);
    events_close(x);
    body_free(&x->body);
    x->client->exchange = NULL;
    x->client->since_ms = loop_now_ms();
    w->exchange_count--;
    worker_arena_back(w, x->arena);
}

const char *exchange_header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

bool exchange_is_page(const struct exchange *x)
{
    const char *accept = exchange_header(x, "Accept");
    return !x->is_api && accept != NULL && accept_has(accept, "text/html");
}

static bool method_parse(struct exchange *x, const char *name)
{
    x->is_head = strcmp(name, "HEAD") == 0;
    if (x->is_head)
        name = "GET";
    for (size_t i = 0; i < sizeof method_names / sizeof method_names[0]; i++) {
        if (strcmp(name, method_names[i]) == 0) {
            x->method = (enum http_method)i;
            x->method_name = x->is_head ? "HEAD" : method_names[i];
            return true;
        }
    }
    return false;
}

static void request_init(struct exchange *x)
{
    const struct http *h = x->worker->http;
    const char *lang = MHD_lookup_connection_value(x->connection, MHD_COOKIE_KIND, "lang");
    x->rq = (struct request){
        .arena = x->arena,
        .actor = &x->session.actor,
        .now = clock_now(h->options.clock),
        .lang = page_lang_pick(text_of(lang), text_of(exchange_header(x, "Accept-Language"))),
        .base_url = h->base_url,
        .folder = h->folder,
        .http = x->worker->http,
    };
    x->rq.errors.arena = x->arena;
}

/* Kinds of content the body may be; NULL: this route takes none. */
static const char *const *body_types(const struct exchange *x)
{
    static const char *const none[] = { NULL }, *const json[] = { "application/json", NULL },
                             *const files[] = { "multipart/form-data", NULL },
                             *const forms[] = { "application/x-www-form-urlencoded",
                                                "multipart/form-data", NULL };
    if (x->match.route->kind != WRITE)
        return none;
    if ((x->rooms->flags & ROOMS_MULTIPART) != 0)
        return files;
    return x->is_api ? json : forms;
}

static err check_content_type(const struct exchange *x, bool has_body)
{
    const char *type = exchange_header(x, "Content-Type");
    if (x->match.route->kind != WRITE || (type == NULL && !has_body))
        return OK;
    for (const char *const *wanted = body_types(x); *wanted != NULL; wanted++)
        if (accept_is_type(type, *wanted))
            return OK;
    return ERR_MEDIA_TYPE;
}

static err check_accept(const struct exchange *x)
{
    const struct route *r = x->match.route;
    const char *accept = exchange_header(x, "Accept");
    bool ok = true;
    if (r->kind == EVENTS)
        ok = accept_has(accept, "text/event-stream");
    else if (r->kind != FILE_ROUTE && x->is_api)
        ok = accept_has(accept, "application/json");
    else if (r->kind == READ)
        ok = accept_has(accept, r->page == NULL ? "application/json" : "text/html");
    return ok ? OK : ERR_NOT_ACCEPTABLE;
}

/* How long the body will be, as far as the headers tell. */
static err body_expected(const struct exchange *x, bool *ret_has_body)
{
    const char *length = exchange_header(x, "Content-Length");
    int64_t bytes = 0;
    if (length != NULL && (text_int(text_of(length), &bytes) != OK || bytes < 0))
        return ERR_TOO_LARGE;
    *ret_has_body = bytes > 0 || exchange_header(x, "Transfer-Encoding") != NULL;
    return bytes > (int64_t)x->body.max && x->match.route->kind == WRITE ? ERR_TOO_LARGE : OK;
}

static err enter(struct tx *tx, void *exchange)
{
    return gate_enter(exchange, tx);
}

static err route_begin(struct exchange *x)
{
    bool has_body = false;
    x->rooms = x->match.route->rooms;
    x->rq.route = x->match.route;
    size_t max = x->rooms->body_bytes_max == 0 ? 64 * 1024 : x->rooms->body_bytes_max;
    body_begin(&x->body, x->arena, x->worker->http->folder, max);
    if ((x->rooms->flags & ROOMS_ALONE) == 0) {
        db_versions_get(x->worker->http->options.db, &x->versions);
        gate_credentials(x);
        (void)gate_is_known(x);
        TRY(gate_address(x));
    }
    TRY(check_accept(x));
    TRY(body_expected(x, &has_body));
    TRY(check_content_type(x, has_body));
    if (x->match.route->kind != WRITE)
        return OK; /* asks who it is in the same snapshot as it loads */
    TRY(gate_origin(x));
    if (x->is_known && (x->rooms->flags & ROOMS_STEP_UP) == 0)
        return gate_enter(x, NULL);
    return db_read(x->worker->http->options.db, x->arena, enter, x);
}

/* The headers are in: everything that can be refused before the body comes. */
static err headers_done(struct exchange *x, const char *method)
{
    request_init(x);
    x->is_api = x->starts_api; /* as far as can be seen */
    if (atomic_load(&x->worker->http->stopping))
        return ERR_STOPPING;
    if (x->uri == NULL)
        return ERR_LONG_ADDRESS;
    bool known = method_parse(x, method);
    bool options = strcmp(method, "OPTIONS") == 0;
    TRY(target_parse(x->arena, x->uri, &x->target));
    x->is_api = x->target.segment_count > 0 && text_is(x->target.segments[0], "v1");
    routes_find(x->worker->http->routes, x->arena, &x->target, x->method, &x->match);
    if (x->match.methods == 0)
        return ERR_NOT_FOUND;
    if (options) {
        x->method_name = "OPTIONS";
        x->match.route = NULL;
        return OK;
    }
    if (!known || x->match.route == NULL) {
        x->match.route = NULL;
        return ERR_METHOD;
    }
    return route_begin(x);
}

static enum MHD_Result body_step(struct exchange *x, const char *bytes, size_t *count)
{
    x->body_seen += *count;
    bool wanted = x->match.route != NULL && x->match.route->kind == WRITE && x->result == OK;
    if (wanted) {
        x->result = body_add(&x->body, bytes, *count);
        if (x->result != OK)
            body_free(&x->body);
    }
    *count = 0;
    if (!wanted && x->body_seen > DISCARD_MAX)
        return MHD_NO;
    return MHD_YES;
}

enum MHD_Result exchange_step(struct exchange *x, const char *method, const char *bytes,
                              size_t *count)
{
    switch (x->step) {
    case STEP_HEADERS:
        x->result = headers_done(x, method);
        x->step = STEP_BODY;
        /* Who waits for '100 Continue' hears the refusal at once. */
        if (x->result != OK && exchange_header(x, "Expect") != NULL)
            return dispatch_begin(x);
        return MHD_YES;
    case STEP_BODY:
        return *count > 0 ? body_step(x, bytes, count) : dispatch_begin(x);
    case STEP_DONE:
        return dispatch_end(x);
    case STEP_REPLYING: /* refused before the body came: it is not read */
        *count = 0;
        return MHD_YES;
    case STEP_UNDER_WAY:
        break;
    }
    assert(0 && "called while suspended");
    return MHD_NO;
}
