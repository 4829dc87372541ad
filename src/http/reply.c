/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

enum { GZIP_FROM = 1024, GZIP_LEVEL = 4 };

static const char *const fixed_headers[][2] = {
    { "API-Version", "1.0.0" },
    { "Strict-Transport-Security", "max-age=31536000" },
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
    { "Referrer-Policy", "same-origin" },
    { "Permissions-Policy",
      "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()" },
};

struct answer answer_new(int status)
{
    return (struct answer){ .status = status, .fd = -1 };
}

struct answer answer_of(int status, const char *media_type, struct text body)
{
    return (struct answer){ .status = status, .fd = -1, .media_type = media_type, .body = body };
}

static bool is_compressible(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strstr(type, "json") != NULL ||
           strstr(type, "xml") != NULL || strstr(type, "javascript") != NULL;
}

/* The worker's one compressor is reset for each answer; making one anew costs 256 KiB. */
static bool gzip(struct exchange *x, struct text plain, struct text *ret)
{
    struct worker *w = x->worker;
    int ready = w->deflate_ready ? deflateReset(&w->deflate)
                                 : deflateInit2(&w->deflate, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8,
                                                Z_DEFAULT_STRATEGY);
    if (ready != Z_OK)
        return false;
    w->deflate_ready = true;
    char *out = arena_alloc(x->arena, plain.len);
    union {
        const char *in;
        Bytef *out;
    } bytes = { .in = plain.at }; /* zlib only reads it */
    w->deflate.next_in = bytes.out;
    w->deflate.avail_in = (uInt)plain.len;
    w->deflate.next_out = (Bytef *)out;
    w->deflate.avail_out = (uInt)plain.len;
    if (deflate(&w->deflate, Z_FINISH) != Z_STREAM_END)
        return false; /* it would grow */
    *ret = (struct text){ out, plain.len - w->deflate.avail_out };
    return true;
}

/* Weak comparison (RFC 9110, 8.8.3.2): W/ makes no difference here. */
static bool none_match(const struct exchange *x, const char *etag)
{
    struct text rest = text_of(exchange_header(x, "If-None-Match")), one;
    struct text wanted = text_of(etag);
    if (text_starts(wanted, "W/"))
        wanted.at += 2, wanted.len -= 2;
    while (rest.len > 0 && text_split(&rest, ',', &one)) {
        one = text_trim(one);
        if (text_starts(one, "W/"))
            one.at += 2, one.len -= 2;
        if (text_eq(one, wanted) || text_is(one, "*"))
            return true;
    }
    return false;
}

static const char *cache_control(const struct exchange *x, const struct answer *answer)
{
    bool is_private = x->is_api || x->session.actor.person.v != 0 || answer->cookie_count > 0;
    return is_private || answer->status >= 300 ? "no-store" : "no-cache";
}

static void choose_etag(struct exchange *x, struct answer *answer)
{
    bool in_memory = answer->body.len > 0 && answer->fd < 0 && answer->stream == NULL;
    bool fits = answer->status == 200 && x->method == GET &&
                (x->is_api || answer->etag != NULL || x->session.actor.person.v == 0);
    if (answer->etag == NULL && fits && in_memory) {
        struct sha256 hash = sha256_of(answer->body);
        struct text digits = hex(x->arena, (struct text){ (const char *)hash.at, 8 });
        answer->etag = text_cstr(x->arena, text_format(x->arena, "W/\"%.*s\"", TEXT_ARGS(digits)));
    }
}

static struct MHD_Response *response_of(struct exchange *x, struct answer *answer, bool *ret_gzip)
{
    *ret_gzip = false;
    if (answer->stream != NULL)
        return answer->stream;
    if (answer->fd >= 0) {
        x->bytes_out = answer->file_bytes;
        return MHD_create_response_from_fd64(answer->file_bytes, answer->fd);
    }
    struct text body = answer->body;
    if (body.len >= GZIP_FROM && is_compressible(answer->media_type) &&
        accept_gzip(exchange_header(x, "Accept-Encoding")))
        *ret_gzip = answer->gzip.at != NULL || gzip(x, body, &answer->gzip);
    if (*ret_gzip)
        body = answer->gzip;
    x->bytes_out = body.len;
    union {
        const char *in;
        void *out;
    } bytes = { .in = body.len == 0 ? "" : body.at }; /* only read: it lives in the arena */
    return MHD_create_response_from_buffer(
        body.len, bytes.out, x->is_kept ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);
}

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    if (value != NULL && MHD_add_response_header(r, name, value) != MHD_YES)
        assert(0 && "a header could not be added");
}

#define CONTENT_POLICY(images)                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:" images   \
    "; connect-src 'self'; font-src 'self'; form-action 'self'; manifest-src 'self'; "             \
    "worker-src 'self'; base-uri 'none'; frame-ancestors 'none'"

static const char *content_policy(const struct exchange *x)
{
    if (x->rq.images_from == NULL)
        return CONTENT_POLICY("");
    return text_cstr(x->arena, text_format(x->arena, CONTENT_POLICY(" %s"), x->rq.images_from));
}

static void add_headers(struct exchange *x, const struct answer *answer, struct MHD_Response *r,
                        bool is_gzip)
{
    for (size_t i = 0; i < sizeof fixed_headers / sizeof fixed_headers[0]; i++)
        add(r, fixed_headers[i][0], fixed_headers[i][1]);
    add(r, "Content-Security-Policy", content_policy(x));
    add(r, "Content-Type", answer->media_type);
    add(r, "Cache-Control", answer->cache != NULL ? answer->cache : cache_control(x, answer));
    add(r, "ETag", answer->etag);
    add(r, "Allow", answer->allow);
    add(r, "Content-Disposition", answer->disposition);
    add(r, "Content-Encoding", is_gzip ? "gzip" : NULL);
    add(r, "Vary", answer->varies ? "Accept-Encoding, Accept-Language, Cookie" : "Accept-Encoding");
    add(r, "Retry-After", answer->retry_later ? "2" : NULL);
    add(r, "WWW-Authenticate", answer->status == 401 ? "Bearer" : NULL);
    add(r, "X-Accel-Buffering",
        answer->stream != NULL ? "no" : NULL); /* nginx passes it on at once */
    add(r, "Access-Control-Allow-Origin", answer->any_origin ? "*" : NULL);
    add(r, "Clear-Site-Data", answer->clears ? "\"cache\", \"storage\"" : NULL);
    if (answer->location.at != NULL)
        add(r, "Location", text_cstr(x->arena, answer->location));
    for (size_t i = 0; i < answer->cookie_count; i++)
        add(r, "Set-Cookie", answer->cookies[i]);
    if (atomic_load(&x->worker->http->stopping))
        add(r, "Connection", "close");
}

bool reply_not_modified(const struct exchange *x, const struct answer *answer)
{
    return answer->etag != NULL && answer->status == 200 && none_match(x, answer->etag);
}

enum MHD_Result reply_send(struct exchange *x, struct answer *answer)
{
    bool is_gzip;
    choose_etag(x, answer);
    if (reply_not_modified(x, answer)) {
        x->is_kept = false;
        if (answer->fd >= 0)
            close(answer->fd);
        answer->status = 304;
        answer->body = TEXT_NONE;
        answer->fd = -1;
    }
    struct MHD_Response *r = response_of(x, answer, &is_gzip);
    if (r == NULL)
        return MHD_NO;
    add_headers(x, answer, r, is_gzip);
    x->status = answer->status;
    x->step = STEP_REPLYING;
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)answer->status, r);
    if (x->is_kept && answer->etag != NULL && queued == MHD_YES)
        cache_keep(x, answer, r);
    else
        MHD_destroy_response(r);
    return queued;
}
