/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Token buckets in a table that does not grow: a newcomer takes the place of whoever in its row was
 * seen longest ago, which is at worst kind to someone who was over the limit. */
#include "http/server.h"

#include <assert.h>
#include <stdlib.h>

enum { ROWS = 2048, PLACES = 8 };

struct bucket {
    uint128 who;
    int64_t seen_ms;
    int64_t spent; /* thousandths of a request; 0: full bucket */
};
struct limit {
    pthread_mutex_t lock;
    int64_t per_minute;
    uint64_t seed; /* so that nobody can choose their row */
    struct bucket rows[ROWS][PLACES];
};

struct limit *limit_new(int per_minute, const struct random_source *random)
{
    assert(per_minute > 0);
    struct limit *l = calloc(1, sizeof *l);
    if (l == NULL)
        abort();
    pthread_mutex_init(&l->lock, NULL);
    l->per_minute = per_minute;
    random->fill(random->self, &l->seed, sizeof l->seed);
    return l;
}

void limit_free(struct limit *l)
{
    if (l == NULL)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static uint64_t mix(uint64_t v) /* MurmurHash3's finaliser */
{
    v = (v ^ v >> 33) * UINT64_C(0xff51afd7ed558ccd);
    v = (v ^ v >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return v ^ v >> 33;
}

static struct bucket *bucket_of(struct limit *l, uint128 who, int64_t now_ms)
{
    uint64_t hash = mix(mix((uint64_t)(who >> 64) ^ l->seed) ^ (uint64_t)who);
    struct bucket *row = l->rows[hash % ROWS], *oldest = row;
    for (size_t i = 0; i < PLACES; i++) {
        if (row[i].who == who)
            return &row[i];
        if (row[i].seen_ms < oldest->seen_ms)
            oldest = &row[i];
    }
    *oldest = (struct bucket){ .who = who, .seen_ms = now_ms };
    return oldest;
}

bool limit_take(struct limit *l, uint128 who, int64_t now_ms)
{
    if (l == NULL)
        return true;
    pthread_mutex_lock(&l->lock);
    struct bucket *b = bucket_of(l, who, now_ms);
    /* A minute refills per_minute requests, so a millisecond refills per_minute / 60 thousandths. */
    int64_t refilled = (now_ms - b->seen_ms) * l->per_minute / 60;
    if (refilled > 0) {
        b->spent = b->spent > refilled ? b->spent - refilled : 0;
        b->seen_ms = now_ms;
    }
    bool allowed = b->spent + 1000 <= l->per_minute * 1000;
    if (allowed)
        b->spent += 1000;
    pthread_mutex_unlock(&l->lock);
    return allowed;
}
