/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Server-sent events (HTML Living Standard, 9.2). A stream sleeps as a suspended connection. It is
 * woken when its topic was notified, then looks again and sends the view when it differs; and
 * every heartbeat_seconds for a comment, as a client that is gone is only noticed by writing. */
#include "http/server.h"

#include <string.h>

enum { BLOCK_BYTES = 4096 };

struct stream { /* in the arena of its exchange */
    struct exchange *x;
    struct stream *next, **link;
    uint128 topic;
    struct arena_mark mark; /* what a look makes, the next look throws away */
    void *work_before;
    struct text pending; /* being sent */
    size_t sent;
    struct sha256 last; /* of the JSON sent last */
    bool is_suspended, is_dirty, is_beat_due, is_ending;
    int64_t sent_ms;
};

static err first_look(struct tx *tx, void *stream)
{
    struct stream *s = stream;
    struct exchange *x = s->x;
    TRY(gate_enter(x, tx));
    TRY(inputs_read(x));
    s->work_before = arena_alloc(x->arena, x->work_size);
    memcpy(s->work_before, x->work, x->work_size);
    s->mark = arena_mark(x->arena);
    return x->rooms->load(&x->rq, tx, x->work, &x->view);
}

static err next_look(struct tx *tx, void *stream)
{
    struct stream *s = stream;
    struct exchange *x = s->x;
    TRY(gate_again(x, tx));
    ((struct work *)x->work)->actor = x->session.actor;
    return x->rooms->load(&x->rq, tx, x->work, &x->view);
}

/* Makes the view into an event, unless it is what was sent last. */
static err event_of(struct stream *s)
{
    struct arena *a = s->x->arena;
    struct text json;
    TRY(view_json(a, s->x->view, ANSWER_BYTES_MAX, &json));
    struct sha256 hash = sha256_of(json);
    s->sent = 0;
    s->pending = TEXT_NONE;
    if (memcmp(hash.at, s->last.at, sizeof hash.at) != 0)
        s->pending = text_format(a, "event: state\ndata: %.*s\n\n", TEXT_ARGS(json));
    s->last = hash;
    return OK;
}

static err look_again(struct stream *s)
{
    struct exchange *x = s->x;
    const struct http *h = x->worker->http;
    arena_rewind(x->arena, s->mark);
    memcpy(x->work, s->work_before, x->work_size);
    x->rq.now = clock_now(h->options.clock);
    TRY(db_read(h->options.db, x->arena, next_look, s));
    return event_of(s);
}

static ssize_t stream_read(void *stream, uint64_t position, char *out, size_t max)
{
    struct stream *s = stream;
    (void)position;
    if (s->sent == s->pending.len && s->is_dirty) {
        s->is_dirty = false;
        if (look_again(s) != OK)
            s->is_ending = true; /* the client comes back and then hears why */
    }
    if (s->sent == s->pending.len && s->is_beat_due) {
        s->pending = TEXT(": \n\n");
        s->sent = 0;
    }
    s->is_beat_due = false;
    size_t count = s->pending.len - s->sent;
    if (count == 0 && s->is_ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (count == 0) {
        s->is_suspended = true;
        MHD_suspend_connection(s->x->connection);
        return 0;
    }
    if (count > max)
        count = max;
    memcpy(out, s->pending.at + s->sent, count);
    s->sent += count;
    s->x->bytes_out += count;
    s->sent_ms = loop_now_ms();
    return (ssize_t)count;
}

static void stream_link(struct stream *s)
{
    struct worker *w = s->x->worker;
    s->next = w->streams;
    s->link = &w->streams;
    if (s->next != NULL)
        s->next->link = &s->next;
    w->streams = s;
    s->x->stream = s;
}

static enum MHD_Result stream_send(struct stream *s)
{
    struct answer answer = answer_of(200, "text/event-stream", TEXT_NONE);
    answer.cache = "no-store";
    if (!s->x->is_head)
        answer.stream =
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, stream_read, s, NULL);
    return reply_send(s->x, &answer);
}

/* One person, or one address where nobody is signed in, can't take all the places; and all of
 * those who are not signed in together leave some to those who are. */
static err check_places(const struct exchange *x)
{
    uint128 person = x->session.actor.person.v;
    size_t own = 0, nobody = 0, most = person != 0 ? PERSON_STREAMS_MAX : ADDRESS_STREAMS_MAX;
    for (const struct stream *s = x->worker->streams; s != NULL; s = s->next) {
        uint128 other = s->x->session.actor.person.v;
        nobody += other == 0;
        own += other == person && (person != 0 || s->x->rq.address == x->rq.address);
    }
    if (own > most)
        return ERR_RATE;
    return person == 0 && nobody > NOBODY_STREAMS_MAX ? ERR_BUSY : OK;
}

enum MHD_Result events_open(struct exchange *x)
{
    struct worker *w = x->worker;
    if (atomic_load(&w->stream_count) >= STREAMS_MAX)
        return dispatch_fail(x, ERR_BUSY);
    struct stream *s = ARENA_NEW(x->arena, struct stream);
    s->x = x;
    s->sent_ms = loop_now_ms();
    /* Counted and linked before the look, so that no notice in between is missed. */
    atomic_fetch_add(&w->stream_count, 1);
    stream_link(s);
    err e = db_read(w->http->options.db, x->arena, first_look, s);
    if (e == OK)
        e = check_places(x);
    if (e == OK)
        e = event_of(s);
    if (e == OK && arena_spent(x->arena))
        e = ERR_TOO_LARGE;
    if (e != OK) {
        events_close(x);
        return dispatch_fail(x, e);
    }
    s->topic = x->rooms->topic(x->work);
    return stream_send(s);
}

void events_close(struct exchange *x)
{
    struct stream *s = x->stream;
    if (s == NULL)
        return;
    *s->link = s->next;
    if (s->next != NULL)
        s->next->link = s->link;
    x->stream = NULL;
    atomic_fetch_sub(&x->worker->stream_count, 1);
}

static void stream_wake(struct stream *s)
{
    if (!s->is_suspended)
        return;
    s->is_suspended = false;
    MHD_resume_connection(s->x->connection);
}

void events_wake(struct worker *w, const uint128 *topics, size_t count, bool all)
{
    for (struct stream *s = w->streams; s != NULL; s = s->next) {
        bool hit = all;
        for (size_t i = 0; i < count && !hit; i++)
            hit = topics[i] == s->topic;
        if (hit) {
            s->is_dirty = true;
            stream_wake(s);
        }
    }
}

void events_tick(struct worker *w, int64_t now_ms)
{
    int64_t beat_ms = w->http->options.heartbeat_seconds * INT64_C(1000);
    for (struct stream *s = w->streams; s != NULL; s = s->next) {
        if (now_ms - s->sent_ms < beat_ms)
            continue;
        s->is_beat_due = true;
        stream_wake(s);
    }
}

void events_stop(struct worker *w)
{
    for (struct stream *s = w->streams; s != NULL; s = s->next) {
        s->is_ending = true;
        stream_wake(s);
    }
}
