/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* Sessions a worker has met, exact as long as no commit changed the tables they were read from.
 * Without this every request would read its session anew, and each commit empties the pages that
 * a reading connection keeps. Secrets are kept as hashes only; a session that runs out is honoured
 * KNOWN_MS longer at most. */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>

enum { KNOWN_SLOTS = 16384, KNOWN_NAME_MAX = 96, KNOWN_MS = 5000 };

struct slot {
    struct sha256 hash; /* of the secret */
    bool is_used;
    struct session session;
    char name[KNOWN_NAME_MAX];
    uint64_t tables, versions; /* the sum of the tables' versions, which only grow */
    int64_t until_ms;
};
struct known {
    struct slot slots[KNOWN_SLOTS];
};

void known_free(struct known *k)
{
    free(k);
}

static uint64_t sum_of(const struct db_versions *versions, uint64_t tables)
{
    uint64_t sum = 0;
    for (; tables != 0; tables &= tables - 1)
        sum += versions->at[__builtin_ctzll(tables)];
    return sum;
}

static struct slot *slot_of(const struct exchange *x, struct sha256 *ret_hash)
{
    struct worker *w = x->worker;
    if (w->known == NULL)
        w->known = calloc(1, sizeof *w->known);
    if (w->known == NULL || x->secret.at == NULL)
        return NULL;
    *ret_hash = sha256_of(x->secret);
    uint32_t number;
    memcpy(&number, ret_hash->at, sizeof number);
    return &w->known->slots[number % KNOWN_SLOTS];
}

bool known_find(struct exchange *x, struct session *ret)
{
    struct sha256 hash;
    const struct slot *s = slot_of(x, &hash);
    if (s == NULL || !s->is_used || x->began_ms > s->until_ms ||
        !bytes_equal(s->hash.at, hash.at, sizeof hash.at) ||
        sum_of(&x->versions, s->tables) != s->versions)
        return false;
    x->session_tables = s->tables;
    *ret = s->session;
    ret->actor.name = text_copy(x->arena, (struct text){ s->name, s->session.actor.name.len });
    return true;
}

void known_keep(struct exchange *x, const struct session *session, uint64_t tables)
{
    struct sha256 hash;
    struct slot *s = slot_of(x, &hash);
    x->session_tables = tables;
    if (s == NULL || session->actor.name.len > KNOWN_NAME_MAX)
        return;
    *s = (struct slot){ .hash = hash,
                        .is_used = true,
                        .session = *session,
                        .tables = tables,
                        .versions = sum_of(&x->versions, tables),
                        .until_ms = x->began_ms + KNOWN_MS };
    memcpy(s->name, session->actor.name.at, session->actor.name.len);
}
