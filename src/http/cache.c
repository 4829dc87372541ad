/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Answers to people who are not signed in, kept until what they show changes.
 *
 * An answer is exact as long as the tables its snapshot looked at have not been changed by a commit
 * since. It is also kept no longer than CACHE_MS, for what changes with the clock ("open now").
 * Each worker has its own, so nothing is locked. */
#include "http/server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    CACHE_SLOTS = 1024, /* one for each key's hash: a newcomer takes the place */
    CACHE_ANSWER_BYTES_MAX = 512 * 1024,
    CACHE_BYTES_MAX = 32 * 1024 * 1024, /* of a worker; past it all is dropped */
    CACHE_MS = 5000
};

struct kept {
    char *key; /* NULL: the slot is empty */
    size_t key_len;
    struct MHD_Response *response;
    size_t bytes;
    char etag[40];
    const char *media_type;
    bool varies;
    struct db_versions versions;
    uint64_t tables;
    int64_t until_ms;
};
struct cache {
    struct kept slots[CACHE_SLOTS];
    size_t bytes;
};

static void slot_empty(struct cache *c, struct kept *k)
{
    if (k->key == NULL)
        return;
    c->bytes -= k->bytes;
    MHD_destroy_response(k->response);
    free(k->key);
    *k = (struct kept){ 0 };
}

void cache_free(struct cache *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        slot_empty(c, &c->slots[i]);
    free(c);
}

bool cache_fits(const struct exchange *x)
{
    return x->secret.at == NULL && !x->cookie_stale && x->method == GET &&
           x->match.route->kind == READ && (x->rooms->roles & ROLE_ANYONE) != 0;
}

/* What the answer depends on beside the tables. */
static struct text key_of(const struct exchange *x)
{
    return text_format(x->arena, "%s %d %s", x->rq.lang,
                       accept_gzip(exchange_header(x, "Accept-Encoding")), x->uri);
}

static struct kept *slot_of(struct cache *c, struct text key)
{
    uint64_t hash = UINT64_C(1469598103934665603); /* FNV-1a */
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.at[i]) * UINT64_C(1099511628211);
    return &c->slots[(hash ^ hash >> 32) % CACHE_SLOTS];
}

bool cache_send(struct exchange *x, enum MHD_Result *ret_result)
{
    struct worker *w = x->worker;
    if (w->cache == NULL || !cache_fits(x) || atomic_load(&w->http->stopping))
        return false;
    struct text key = key_of(x);
    struct kept *k = slot_of(w->cache, key);
    if (k->key == NULL || k->key_len != key.len || memcmp(k->key, key.at, key.len) != 0)
        return false;
    if (x->began_ms > k->until_ms ||
        !db_versions_same(w->http->options.db, &k->versions, k->tables)) {
        slot_empty(w->cache, k);
        return false;
    }
    if (exchange_header(x, "If-None-Match") != NULL) {
        struct answer answer = answer_of(200, k->media_type, TEXT(""));
        answer.etag = k->etag;
        answer.varies = k->varies;
        if (reply_not_modified(x, &answer)) {
            *ret_result = reply_send(x, &answer);
            return true;
        }
    }
    x->status = 200;
    x->bytes_out = k->bytes;
    x->step = STEP_REPLYING;
    *ret_result = MHD_queue_response(x->connection, 200, k->response);
    return true;
}

/* Takes over the caller's reference to the response. */
void cache_keep(struct exchange *x, const struct answer *answer, struct MHD_Response *response)
{
    struct worker *w = x->worker;
    if (w->cache == NULL)
        w->cache = calloc(1, sizeof *w->cache);
    struct cache *c = w->cache;
    char *key_copy = NULL;
    struct text key = key_of(x);
    if (c != NULL && x->bytes_out <= CACHE_ANSWER_BYTES_MAX)
        key_copy = malloc(key.len + 1);
    if (key_copy == NULL) {
        MHD_destroy_response(response);
        return;
    }
    if (c->bytes + x->bytes_out > CACHE_BYTES_MAX)
        for (size_t i = 0; i < CACHE_SLOTS; i++)
            slot_empty(c, &c->slots[i]);
    struct kept *k = slot_of(c, key);
    slot_empty(c, k);
    memcpy(key_copy, key.at, key.len);
    *k = (struct kept){ .key = key_copy,
                        .key_len = key.len,
                        .response = response,
                        .bytes = x->bytes_out,
                        .media_type = answer->media_type,
                        .varies = answer->varies,
                        .versions = x->versions,
                        .tables = x->tables,
                        .until_ms = x->began_ms + CACHE_MS };
    size_t etag_len = strlen(answer->etag);
    assert(etag_len < sizeof k->etag);
    memcpy(k->etag, answer->etag, etag_len);
    c->bytes += k->bytes;
}
