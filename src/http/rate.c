/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* A row says until when what was taken counts: each taking moves that on by every_us, and is
 * refused where it would stand further ahead than burst takings. Who is refused spends nothing, so
 * that no victim is locked out for longer than one pause. */
#include "http/server.h"

#include "gen/http_sql.h"

#include <assert.h>

enum { TOGETHER_MAX = 4, PRUNE_BATCH = 200 };

static struct text subject_of(struct arena *a, const struct rate *r)
{
    return secret_hash(a, text_format(a, "%s %.*s", r->name, TEXT_ARGS(r->who)));
}

err rate_take(struct tx *tx, const struct rate *rates, size_t count)
{
    struct text subjects[TOGETHER_MAX];
    struct instant free_at[TOGETHER_MAX];
    assert(count <= TOGETHER_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct rate *r = &rates[i];
        struct http_rate row = { { 0 } };
        bool found;
        subjects[i] = subject_of(tx->arena, r);
        TRY(sql_http_rate(tx, subjects[i], &row, &found));
        int64_t from = found && row.free_at.us > tx->now.us ? row.free_at.us : tx->now.us;
        free_at[i].us = from + r->every_us;
        if (free_at[i].us > tx->now.us + r->burst * r->every_us)
            return ERR_RATE_SLOW;
    }
    for (size_t i = 0; i < count; i++)
        TRY(sql_http_rate_put(tx, subjects[i], free_at[i]));
    return OK;
}

struct text rate_address(struct arena *a, uint128 address)
{
    return uuid_text(a, address);
}

err rate_prune(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    int64_t count;
    TRY(sql_http_rate_prune(tx, tx->now, &count));
    run->more = count >= PRUNE_BATCH;
    return OK;
}
