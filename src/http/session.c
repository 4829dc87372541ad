/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "http/server.h"

#include "gen/db_sql.h"
#include "gen/http_sql.h"

#include <assert.h>

enum { SECRET_BYTES = 32, SECRET_CHARS = 43, PRUNE_BATCH = 200 };

const char *const role_names[] = { "resident", "steward",   "inspector", "author",
                                   "manager",  "treasurer", "cashier",   "owner",
                                   "auditor",  "operator",  "anyone",    NULL };

bool actor_has(const struct actor *a, uint32_t roles, uint128 scope)
{
    for (size_t i = 0; i < a->grant_count; i++)
        if ((a->grants[i].role & roles) != 0 &&
            (a->grants[i].scope == 0 || a->grants[i].scope == scope))
            return true;
    return false;
}

uint128 actor_scope(const struct actor *a, uint32_t role)
{
    for (size_t i = 0; i < a->grant_count; i++)
        if (a->grants[i].role == role)
            return a->grants[i].scope;
    return 0;
}

static struct text hash_text(struct arena *a, struct text secret)
{
    struct sha256 hash = sha256_of(secret);
    return text_copy(a, (struct text){ (const char *)hash.at, sizeof hash.at });
}

static struct text secret_make(struct tx *tx)
{
    char bytes[SECRET_BYTES];
    tx->random->fill(tx->random->self, bytes, sizeof bytes);
    return base64url(tx->arena, (struct text){ bytes, sizeof bytes });
}

err session_find(struct tx *tx, struct text secret, struct session *ret, bool *ret_found)
{
    *ret_found = false;
    if (secret.at == NULL || secret.len != SECRET_CHARS)
        return OK;
    struct http_session row;
    bool found;
    TRY(sql_http_session(tx, hash_text(tx->arena, secret), tx->now, &row, &found));
    if (!found)
        return OK;
    struct http_grants_rows grants;
    TRY(sql_http_grants(tx, row.person, &grants));
    struct session s = { .kind = (enum session_kind)row.kind };
    s.actor.person = row.person;
    s.actor.name = row.name;
    for (size_t i = 0; i < grants.count; i++) {
        s.actor.grants[i].role = (uint32_t)grants.at[i].role;
        s.actor.grants[i].scope = grants.at[i].scope.v;
        s.actor.roles |= (uint32_t)grants.at[i].role;
    }
    s.actor.grant_count = grants.count;
    *ret = s;
    *ret_found = true;
    return OK;
}

err session_create(struct tx *tx, struct person_id person, enum session_kind kind,
                   int64_t lifetime_us, struct text *ret_secret)
{
    assert(lifetime_us > 0);
    struct text secret = secret_make(tx);
    struct instant expires = { tx->now.us + lifetime_us };
    TRY(sql_http_session_insert(tx, hash_text(tx->arena, secret), person, kind, tx->now, expires));
    *ret_secret = secret;
    return OK;
}

err session_end(struct tx *tx, struct text secret)
{
    return sql_http_session_delete(tx, hash_text(tx->arena, secret));
}

err session_prune(struct tx *tx, void *task_run)
{
    struct task_run *run = task_run;
    int64_t count;
    TRY(sql_http_session_prune(tx, tx->now, &count));
    run->more = count >= PRUNE_BATCH;
    return OK;
}

err sign_in_link_create(struct tx *tx, struct person_id person, int64_t lifetime_us,
                        struct text *ret_secret)
{
    assert(lifetime_us > 0);
    struct text secret = secret_make(tx);
    struct instant expires = { tx->now.us + lifetime_us };
    TRY(sql_http_link_insert(tx, hash_text(tx->arena, secret), person, expires));
    *ret_secret = secret;
    return OK;
}

err sign_in_link_use(struct tx *tx, struct text secret, struct person_id *ret_person)
{
    if (secret.at == NULL || secret.len != SECRET_CHARS)
        return ERR_SIGN_IN_LINK;
    struct text hash = hash_text(tx->arena, secret);
    struct http_link link;
    bool found;
    TRY(sql_http_link(tx, hash, &link, &found));
    if (!found || link.used_at.us != 0 || link.expires_at.us <= tx->now.us)
        return ERR_SIGN_IN_LINK;
    TRY(sql_http_link_use(tx, hash, tx->now));
    *ret_person = link.person;
    return OK;
}

err setting_int(struct tx *tx, const char *name, int64_t otherwise, int64_t *ret)
{
    struct setting_get row;
    bool found;
    TRY(sql_setting_get(tx, text_of(name), &row, &found));
    int64_t value = otherwise;
    if (found && text_int(row.value, &value) != OK)
        value = otherwise;
    *ret = value;
    return OK;
}

err setting_set(struct tx *tx, const char *name, struct text value)
{
    return sql_setting_put(tx, text_of(name), value);
}
