/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include "gen/http_sql.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_DAYS = 35, KEY_AHEAD_MINUTES = 5, PRUNE_BATCH = 200 };

static int by_name(const void *left, const void *right)
{
    return text_cmp((*(struct input *const *)left)->name, (*(struct input *const *)right)->name);
}

/* The same value gives the same bytes, in whatever order its members were sent. */
static void canonical(struct buf *b, struct arena *a, const struct input *in)
{
    buf_format(b, "%d:", (int)in->kind);
    if (in->kind == INPUT_TEXT) {
        buf_format(b, "%zu:", in->text.len);
        buf_add(b, in->text);
    } else if (in->kind == INPUT_INT || in->kind == INPUT_MICRO) {
        buf_int(b, in->integer);
    } else if (in->kind == INPUT_BOOL) {
        buf_int(b, in->boolean);
    } else if (in->kind == INPUT_LIST) {
        for (const struct input *i = in->first; i != NULL; i = i->next)
            canonical(b, a, i);
    } else if (in->kind == INPUT_OBJECT) {
        const struct input **members = ARENA_ARRAY(a, const struct input *, in->count + 1);
        size_t count = 0;
        for (const struct input *i = in->first; i != NULL && count < in->count; i = i->next)
            if (!text_is(i->name, "csrf") && !text_is(i->name, "idempotencyKey"))
                members[count++] = i;
        qsort(members, count, sizeof *members, by_name);
        for (size_t i = 0; i < count; i++) {
            buf_format(b, "%zu:", members[i]->name.len);
            buf_add(b, members[i]->name);
            canonical(b, a, members[i]);
        }
    }
    buf_char(b, ';');
}

static err body_hash(struct exchange *x, struct sha256 *ret)
{
    struct buf b = buf_new(x->arena, ANSWER_BYTES_MAX);
    struct text bytes;
    buf_add(&b, x->target.path);
    buf_char(&b, '\n');
    canonical(&b, x->arena, x->fields);
    for (size_t i = 0; i < x->rq.file_count; i++) {
        struct sha256 file = sha256_of(x->rq.files[i].content);
        buf_add(&b, x->rq.files[i].field);
        buf_add(&b, (struct text){ (const char *)file.at, sizeof file.at });
    }
    TRY(buf_done(&b, &bytes));
    *ret = sha256_of(bytes);
    return OK;
}

err write_key(struct exchange *x)
{
    bool must = (x->rooms->flags & ROOMS_KEY) != 0;
    if (!must && (x->rooms->flags & ROOMS_KEY_MAY) == 0)
        return OK;
    struct text text = text_of(exchange_header(x, "Idempotency-Key"));
    struct input *field = input_get(x->fields, "idempotencyKey");
    if (text.at == NULL && !must)
        return OK;
    if (text.at == NULL && field != NULL && field->kind == INPUT_TEXT)
        text = field->text;
    uint128 key;
    if (text.at == NULL || uuid_parse(text, &key) != OK)
        return ERR_KEY_MISSING;
    int64_t made = uuid7_time(key).us, now = x->rq.now.us;
    if (made == 0)
        return ERR_KEY_MISSING;
    if (made < now - KEY_DAYS * DAY_US || made > now + KEY_AHEAD_MINUTES * MINUTE_US)
        return ERR_KEY_OLD;
    TRY(body_hash(x, &x->key.body));
    x->key.v = key;
    return OK;
}

static err key_find(struct exchange *x, struct tx *tx, struct http_key *ret, bool *ret_found)
{
    *ret_found = false;
    if (x->key.v == 0)
        return OK;
    return sql_http_key(tx, x->session.actor.person, text_of(x->rooms->id),
                        (struct any_id){ x->key.v }, ret, ret_found);
}

/* A repeat is answered as the first was, whatever became of what it is about; and what is slow is
 * not done again for it. The row does not go before the key is refused for its age. */
err write_look(struct tx *tx, void *exchange)
{
    struct exchange *x = exchange;
    struct http_key row;
    TRY(key_find(x, tx, &row, &x->is_repeat));
    return x->is_repeat ? OK : x->rooms->look(&x->rq, tx, x->work);
}

/* Between the headers and now they may have signed out, or lost a role. */
static err still_may(struct exchange *x, struct tx *tx)
{
    if (x->secret.at == NULL || db_versions_same(tx->db, &x->versions, x->session_tables))
        return OK;
    err e = gate_again(x, tx);
    x->entered = e == OK;
    ((struct work *)x->work)->actor = x->session.actor;
    return e;
}

static err repeat(struct exchange *x, struct tx *tx, const struct http_key *row)
{
    if (row->body_sha256.len != sizeof x->key.body.at ||
        memcmp(row->body_sha256.at, x->key.body.at, sizeof x->key.body.at) != 0)
        return ERR_KEY_REUSED;
    struct work *work = x->work;
    work->ids[0] = row->result_a;
    work->ids[1] = row->result_b;
    x->success = (int)row->status;
    return x->rooms->replay == NULL ? OK : x->rooms->replay(tx, x->work);
}

/* May run more than once, so it starts from the work as `read` and `prepare` left it. */
err write_apply(struct tx *tx, void *exchange)
{
    struct exchange *x = exchange;
    struct work *work = x->work;
    struct text route = text_of(x->rooms->id);
    struct any_id key = { x->key.v };
    struct http_key row;
    bool found;
    memcpy(x->work, x->work_before, x->work_size);
    x->success = x->rooms->status;
    TRY(still_may(x, tx));
    TRY(key_find(x, tx, &row, &found));
    if (found)
        return repeat(x, tx, &row);
    TRY(x->rooms->apply(tx, x->work));
    if (arena_spent(tx->arena))
        return ERR_TOO_LARGE;
    if (key.v == 0)
        return OK;
    struct text hash = { (const char *)x->key.body.at, sizeof x->key.body.at };
    return sql_http_key_insert(tx, &(struct http_key_insert_in){ x->session.actor.person, route,
                                                                 key, hash, x->success,
                                                                 work->ids[0], work->ids[1] });
}

static void applied(struct db_job *job, err result) /* on the writer's thread */
{
    struct exchange *x = job->owner;
    x->result = result;
    worker_finished(x->worker, x);
}

err write_submit(struct exchange *x)
{
    x->work_before = arena_alloc(x->arena, x->work_size);
    memcpy(x->work_before, x->work, x->work_size);
    x->job = (struct db_job){
        .apply = write_apply, .work = x, .arena = x->arena, .done = applied, .owner = x
    };
    return db_submit(x->worker->http->options.db, &x->job);
}

void write_prepare(struct exchange *x)
{
    err e = x->rooms->prepare(&x->rq, x->work);
    if (e == OK && x->rq.errors.count > 0)
        e = ERR_INVALID;
    if (e == OK && arena_spent(x->arena))
        e = ERR_TOO_LARGE;
    if (e == OK && x->rooms->apply != NULL) {
        e = write_submit(x);
        if (e == OK)
            return;
    }
    x->result = e;
    worker_finished(x->worker, x);
}

err write_prune(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    /* A UUIDv7 starts with its time in milliseconds. */
    int64_t ms = (tx->now.us - (KEY_DAYS + 1) * DAY_US) / 1000;
    struct any_id before = { (uint128)(ms > 0 ? ms : 0) << 80 };
    int64_t count;
    TRY(sql_http_key_prune(tx, before, &count));
    run->more = count >= PRUNE_BATCH;
    return OK;
}
